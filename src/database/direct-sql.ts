import { Prisma } from './generated/client.ts'

/** A statement, as a template or as made by `Prisma.sql`. */
type Statement = [text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]]

/**
 * Runs SQL, like Prisma's client and its transactions, which are of this type too. Prisma checks and maps parameters and
 * rows in several layers. That was a quarter of the processor time of a vote, so frequent statements go around it.
 */
export type Sql = {
  $queryRaw<Rows = unknown>(...statement: Statement): Promise<Rows>
  /** @returns the number of rows that were written */
  $executeRaw(...statement: Statement): Promise<number>
  $queryRawUnsafe<Rows = unknown>(text: string, ...values: unknown[]): Promise<Rows>
}

type Result = { rows: unknown[]; count: number }

/** @param run sends a statement to the database's driver */
export function sqlThrough(run: (text: string, values: unknown[]) => Promise<Result>): Sql {
  const query = async <Rows>(text: string, values: unknown[]) => (await run(text, values)).rows as Rows
  return {
    $queryRaw: (...statement) => {
      const { text, values } = sqlOf(statement)
      return query(text, values)
    },
    $executeRaw: async (...statement) => {
      const { text, values } = sqlOf(statement)
      return (await run(text, values)).count
    },
    $queryRawUnsafe: (text, ...values) => query(text, values),
  }
}

function sqlOf([text, ...values]: Statement): Prisma.Sql {
  return 'raw' in text ? Prisma.sql(text, ...values) : text
}

/** @param span runs each statement in a span of the current trace */
export function traced(sql: Sql, span: <T>(run: () => Promise<T>) => Promise<T>): Sql {
  return {
    $queryRaw: (...statement) => span(() => sql.$queryRaw(...statement)),
    $executeRaw: (...statement) => span(() => sql.$executeRaw(...statement)),
    $queryRawUnsafe: (text, ...values) => span(() => sql.$queryRawUnsafe(text, ...values)),
  }
}
