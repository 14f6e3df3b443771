import {
  type A_Expr,
  type ColumnRef,
  type DeleteStmt,
  type FuncCall,
  type InsertStmt,
  type JoinExpr,
  loadModule,
  type Node,
  parseSync,
  type RangeFunction,
  type RangeSubselect,
  type RangeVar,
  type ResTarget,
  type ReturningClause,
  type SelectStmt,
  type SubLink,
  type UpdateStmt,
  type WithClause,
} from 'libpg-query'
import { pollColumn } from './placement.ts'

// Which polls a statement reads and writes, found in the tree that PostgreSQL's own parser makes of it.

/** The columns of each table, in order. Tables outside the schema `public` are not in it. */
export type TableColumns = ReadonlyMap<string, readonly string[]>

export type StatementPolls = {
  /** The tables that it names; outside the schema `public` with their schema. */
  tables: ReadonlySet<string>
  /** The tables of polls of which it takes other rows than those of polls that its parameters name. */
  beyond: ReadonlySet<string>
}

/** A column that a query returns, and whether all its values come from the statement's parameters. */
type Output = { name: string; isGiven: boolean }
/** Something in a FROM clause. `given` are its columns that are equal to something given. */
type Source = { name: string; table?: string; columns: readonly string[]; given: Set<string> }
type Scope = { sources: Source[]; outer: Scope | undefined; queries: ReadonlyMap<string, Output[]> }

type Bodies = {
  A_ArrayExpr: { elements?: Node[] }
  A_Expr: A_Expr
  BoolExpr: { boolop?: string; args?: Node[] }
  ColumnDef: { colname?: string }
  ColumnRef: ColumnRef
  CommonTableExpr: { ctename?: string; ctequery?: Node }
  DeleteStmt: DeleteStmt
  FuncCall: FuncCall
  InsertStmt: InsertStmt
  JoinExpr: JoinExpr
  List: { items?: Node[] }
  RangeFunction: RangeFunction
  RangeSubselect: RangeSubselect
  RangeVar: RangeVar
  ResTarget: ResTarget
  RowExpr: { args?: Node[] }
  SelectStmt: SelectStmt
  String: { sval?: string }
  SubLink: SubLink
  TypeCast: { arg?: Node }
  UpdateStmt: UpdateStmt
}

function as<Kind extends keyof Bodies>(node: Node | undefined, kind: Kind): Bodies[Kind] | undefined {
  return (node as Partial<Bodies> | undefined)?.[kind]
}

await loadModule()

/**
 * A table is taken for the given polls where a condition says so: its poll column equals a parameter, is among an array
 * that is one, or equals a column of which that is known. Only conditions that always hold count, so none under OR.
 *
 * @param isOfPolls whether a table has rows of polls
 * @param directory tables of which any poll may be taken; others may be taken for these polls
 */
export function pollsOf(
  sql: string,
  columns: TableColumns,
  isOfPolls: (table: string) => boolean,
  directory: readonly string[] = [],
): StatementPolls {
  const reader = new StatementReader(columns, isOfPolls, directory)
  for (const { stmt } of parseSync(sql).stmts ?? []) if (stmt) reader.read(stmt)
  return reader
}

class StatementReader implements StatementPolls {
  readonly tables = new Set<string>()
  readonly beyond = new Set<string>()
  readonly #columns: TableColumns
  readonly #isOfPolls: (table: string) => boolean
  readonly #directory: readonly string[]

  constructor(columns: TableColumns, isOfPolls: (table: string) => boolean, directory: readonly string[]) {
    this.#columns = columns
    this.#isOfPolls = isOfPolls
    this.#directory = directory
  }

  read(node: Node): void {
    this.#query(node, undefined, new Map(), this.beyond)
  }

  /** @param beyond gets the tables of which other polls' rows are taken */
  #query(node: Node, outer: Scope | undefined, queries: Scope['queries'], beyond: Set<string>): Output[] {
    const [select, insert] = [as(node, 'SelectStmt'), as(node, 'InsertStmt')]
    if (select) return this.#select(select, outer, queries, beyond)
    if (insert) return this.#insert(insert, outer, queries, beyond)
    const change = as(node, 'UpdateStmt') ?? as(node, 'DeleteStmt')
    return change ? this.#change(change, outer, queries, beyond) : []
  }

  #select(select: SelectStmt, outer: Scope | undefined, before: Scope['queries'], beyond: Set<string>): Output[] {
    const queries = this.#with(select.withClause, outer, before, beyond)
    if (select.larg && select.rarg) {
      const other = this.#select(select.rarg, outer, queries, beyond)
      return this.#select(select.larg, outer, queries, beyond).map(({ name, isGiven }, index) => ({
        name,
        isGiven: isGiven && (other[index]?.isGiven ?? false),
      }))
    }
    const scope: Scope = { sources: [], outer, queries }
    if (select.valuesLists) {
      const rows = select.valuesLists.map((list) => as(list, 'List')?.items ?? [])
      return (rows[0] ?? []).map((_, index) => ({
        name: `column${index + 1}`,
        isGiven: rows.every((row) => this.#isGiven(row[index], scope)),
      }))
    }
    const { targetList = [], fromClause = [], whereClause, groupClause, havingClause, sortClause } = select
    this.#fill(scope, fromClause, whereClause, beyond)
    this.#subqueries([targetList, groupClause, havingClause, sortClause, select.limitCount], scope, beyond)
    return this.#outputs(targetList, scope)
  }

  #insert(insert: InsertStmt, outer: Scope | undefined, before: Scope['queries'], beyond: Set<string>): Output[] {
    const queries = this.#with(insert.withClause, outer, before, beyond)
    const target = this.#table(insert.relation as RangeVar)
    const rows = insert.selectStmt ? this.#query(insert.selectStmt, outer, queries, beyond) : []
    const names = insert.cols?.map((column) => as(column, 'ResTarget')?.name ?? '') ?? target.columns
    for (const [index, name] of names.entries()) if (rows[index]?.isGiven) target.given.add(name)
    const scope: Scope = { sources: [target], outer, queries }
    this.#report(scope, beyond)
    const excluded: Source = { ...target, name: 'excluded' }
    this.#subqueries([insert.onConflictClause], { ...scope, sources: [target, excluded] }, beyond)
    return this.#returned(insert.returningClause, scope, beyond)
  }

  #change(change: UpdateStmt & DeleteStmt, outer: Scope | undefined, before: Scope['queries'], beyond: Set<string>) {
    const queries = this.#with(change.withClause, outer, before, beyond)
    const scope: Scope = { sources: [], outer, queries }
    const from = [
      { RangeVar: change.relation as RangeVar },
      ...(change.fromClause ?? []),
      ...(change.usingClause ?? []),
    ]
    this.#fill(scope, from, change.whereClause, beyond)
    this.#subqueries([change.targetList], scope, beyond)
    return this.#returned(change.returningClause, scope, beyond)
  }

  #returned(clause: ReturningClause | undefined, scope: Scope, beyond: Set<string>): Output[] {
    this.#subqueries([clause?.exprs], scope, beyond)
    return this.#outputs(clause?.exprs ?? [], scope)
  }

  #with(clause: WithClause | undefined, outer: Scope | undefined, before: Scope['queries'], beyond: Set<string>) {
    const queries = new Map(before)
    for (const node of clause?.ctes ?? []) {
      const { ctename = '', ctequery } = as(node, 'CommonTableExpr') ?? {}
      if (ctequery) queries.set(ctename, this.#query(ctequery, outer, queries, beyond))
    }
    return queries
  }

  /** Adds the sources of a FROM clause to the scope, and finds what is given in them. */
  #fill(scope: Scope, from: readonly Node[], where: Node | undefined, beyond: Set<string>): void {
    const conditions = [where]
    for (const item of from) this.#add(scope, item, conditions)
    // A condition may depend on what a later one says: each round finds something, or is the last.
    const equalities = conditions.flatMap((condition) => this.#equalities(condition, scope))
    const count = () => scope.sources.reduce((sum, { given }) => sum + given.size, 0)
    let known = -1
    while (count() > known) {
      known = count()
      for (const item of from) this.#refresh(scope, item, new Set())
      for (const [one, other] of equalities) {
        if (this.#isGiven(other, scope)) this.#mark(scope, one)
        if (this.#isGiven(one, scope)) this.#mark(scope, other)
      }
    }
    for (const item of from) this.#refresh(scope, item, beyond)
    this.#subqueries(conditions, scope, beyond)
    this.#report(scope, beyond)
  }

  #report({ sources }: Scope, beyond: Set<string>): void {
    for (const { table, given } of sources)
      if (table && this.#isOfPolls(table) && !given.has(pollColumn(table))) beyond.add(table)
  }

  #add(scope: Scope, item: Node, conditions: (Node | undefined)[]): void {
    const [table, join] = [as(item, 'RangeVar'), as(item, 'JoinExpr')]
    if (table) scope.sources.push(this.#named(table, scope))
    else if (join) {
      for (const side of [join.larg, join.rarg]) if (side) this.#add(scope, side, conditions)
      conditions.push(join.quals)
    } else {
      const { alias } = as(item, 'RangeSubselect') ?? as(item, 'RangeFunction') ?? {}
      scope.sources.push({ name: alias?.aliasname ?? functionName(item), columns: [], given: new Set() })
    }
  }

  /** A table, or a query of a WITH clause. */
  #named(range: RangeVar, scope: Scope): Source {
    const outputs = range.schemaname ? undefined : scope.queries.get(range.relname ?? '')
    if (!outputs) return this.#table(range)
    const given = outputs.filter(({ isGiven }) => isGiven).map(({ name }) => name)
    const columns = outputs.map(({ name }) => name)
    return { name: range.alias?.aliasname ?? range.relname ?? '', columns, given: new Set(given) }
  }

  #table({ schemaname, relname = '', alias }: RangeVar): Source {
    const isForeign = schemaname !== undefined && schemaname !== 'public'
    const table = isForeign ? `${schemaname}.${relname}` : relname
    this.tables.add(table)
    const given = new Set(this.#directory.includes(table) ? [pollColumn(table)] : [])
    return { name: alias?.aliasname ?? relname, table, columns: this.#columns.get(table) ?? [], given }
  }

  /** What subqueries and functions in a FROM clause return depends on what is given beside them. */
  #refresh(scope: Scope, item: Node, beyond: Set<string>): void {
    const [join, subquery, rows] = [as(item, 'JoinExpr'), as(item, 'RangeSubselect'), as(item, 'RangeFunction')]
    for (const side of [join?.larg, join?.rarg]) if (side) this.#refresh(scope, side, beyond)
    const alias = (subquery ?? rows)?.alias
    const source = scope.sources.find(({ name }) => name === (alias?.aliasname ?? functionName(item)))
    if (!source || !(subquery ?? rows)) return
    const outputs = subquery?.subquery
      ? this.#query(subquery.subquery, scope, scope.queries, beyond)
      : this.#rowsOf(rows as RangeFunction, scope, source.name)
    const names = alias?.colnames?.map((name) => as(name, 'String')?.sval ?? '')
    source.columns = outputs.map(({ name }, index) => names?.[index] ?? name)
    for (const [index, { isGiven }] of outputs.entries()) if (isGiven) source.given.add(source.columns[index] ?? '')
  }

  /** All columns of a function are given if its arguments are. */
  #rowsOf({ functions = [], coldeflist, alias }: RangeFunction, scope: Scope, name: string): Output[] {
    const calls = functions.flatMap((list) => as(list, 'List')?.items ?? []).filter((call) => as(call, 'FuncCall'))
    this.#subqueries(calls, scope, new Set())
    const isGiven = calls.every((call) => this.#isGiven(call, scope))
    const defined = coldeflist?.map((column) => as(column, 'ColumnDef')?.colname ?? '')
    const count = alias?.colnames?.length ?? 1
    return (defined ?? Array.from({ length: count }, () => name)).map((column) => ({ name: column, isGiven }))
  }

  #outputs(targets: readonly Node[], scope: Scope): Output[] {
    return targets.flatMap((node): Output[] => {
      const { name, val } = as(node, 'ResTarget') ?? {}
      const fields = as(val, 'ColumnRef')?.fields ?? []
      const last = fields.at(-1)
      if (last && 'A_Star' in last) {
        const of = fields.length > 1 ? as(fields.at(-2), 'String')?.sval : undefined
        const sources = scope.sources.filter((source) => of === undefined || source.name === of)
        return sources.flatMap(({ columns, given }) => columns.map((one) => ({ name: one, isGiven: given.has(one) })))
      }
      return [{ name: name ?? as(last, 'String')?.sval ?? functionName(val), isGiven: this.#isGiven(val, scope) }]
    })
  }

  /** What must be equal where the condition holds. */
  #equalities(condition: Node | undefined, scope: Scope): [Node, Node][] {
    const [all, comparison, inQuery] = [as(condition, 'BoolExpr'), as(condition, 'A_Expr'), as(condition, 'SubLink')]
    if (all?.boolop === 'AND_EXPR') return (all.args ?? []).flatMap((one) => this.#equalities(one, scope))
    if (inQuery?.subLinkType === 'ANY_SUBLINK' && inQuery.testexpr && inQuery.subselect) {
      const outputs = this.#query(inQuery.subselect, scope, scope.queries, new Set())
      const given: Node = { ParamRef: {} }
      return partsOf(inQuery.testexpr).flatMap((part, index): [Node, Node][] =>
        outputs[index]?.isGiven ? [[part, given]] : [],
      )
    }
    const { kind, name, lexpr, rexpr } = comparison ?? {}
    const isEquality = as(name?.[0], 'String')?.sval === '='
    if (!isEquality || !lexpr || !rexpr) return []
    if (kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY') return this.#isGiven(rexpr, scope) ? [[lexpr, rexpr]] : []
    const [left, right] = [partsOf(lexpr), partsOf(rexpr)]
    return kind === 'AEXPR_OP' ? left.map((part, index) => [part, right[index] as Node]) : []
  }

  #mark(scope: Scope, node: Node): void {
    const found = columnOf(node, scope.sources)
    if (found) found.source.given.add(found.column)
  }

  #isGiven(node: Node | undefined, scope: Scope): boolean {
    if (!node) return false
    if ('ParamRef' in node || 'A_Const' in node) return true
    if ('ColumnRef' in node) {
      for (let one: Scope | undefined = scope; one; one = one.outer) {
        const found = columnOf(node, one.sources)
        if (found) return found.source.given.has(found.column)
      }
      return false
    }
    const [query, comparison] = [as(node, 'SubLink'), as(node, 'A_Expr')]
    if (query?.subselect && /EXPR|ARRAY/.test(query.subLinkType ?? ''))
      return this.#query(query.subselect, scope, scope.queries, new Set())[0]?.isGiven ?? false
    const parts = comparison
      ? [comparison.lexpr, comparison.rexpr]
      : (as(node, 'FuncCall')?.args ?? as(node, 'A_ArrayExpr')?.elements ?? as(node, 'List')?.items)
    if (parts) return parts.length > 0 && parts.every((part) => this.#isGiven(part, scope))
    return this.#isGiven(as(node, 'TypeCast')?.arg, scope)
  }

  /** Reads the queries within expressions. */
  #subqueries(part: unknown, scope: Scope, beyond: Set<string>): void {
    if (typeof part !== 'object' || part === null) return
    const query = as(part as Node, 'SubLink')
    if (query?.subselect) this.#query(query.subselect, scope, scope.queries, beyond)
    for (const [key, value] of Object.entries(query ?? part))
      if (key !== 'subselect') this.#subqueries(value, scope, beyond)
  }
}

function partsOf(node: Node): Node[] {
  return as(node, 'RowExpr')?.args ?? [node]
}

function functionName(node: Node | undefined): string {
  const call = as(node, 'FuncCall') ?? as(as(as(node, 'RangeFunction')?.functions?.[0], 'List')?.items?.[0], 'FuncCall')
  return as(call?.funcname?.at(-1), 'String')?.sval ?? ''
}

function columnOf(node: Node, sources: readonly Source[]): { source: Source; column: string } | undefined {
  const names = as(node, 'ColumnRef')?.fields?.map((field) => as(field, 'String')?.sval ?? '') ?? []
  const [column = '', of] = [names.at(-1), names.at(-2)]
  const source = sources.find(({ name, columns }) => (of === undefined ? columns.includes(column) : name === of))
  return source && { source, column }
}
