import type { DirectConnection } from './direct.ts'

export type TableColumn = { name: string /** As a cast takes it. */; type: string }
export type Table = { name: string; columns: TableColumn[] }

/** How many rows are read, or written, at a time. */
const batchSize = 500

/** Every table of Polldock's migrations with its columns, from the database's catalog; without generated columns. */
export async function readTables(db: DirectConnection): Promise<Table[]> {
  const rows = await db.query(`
    SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations'
    ORDER BY c.relname::text COLLATE "C", a.attnum`)
  const byTable = Map.groupBy(rows, ([table]) => table ?? '')
  return [...byTable].map(([name, columns]) => ({
    name,
    columns: columns.map(([, column, type]) => ({ name: column ?? '', type: type ?? '' })),
  }))
}

/** The name of the newest applied migration; undefined without one. */
export async function lastMigration(db: DirectConnection): Promise<string | undefined> {
  const [[isThere] = []] = await db.query(`SELECT to_regclass('public._prisma_migrations')::text`)
  if (!isThere) return undefined
  const [[name] = []] = await db.query(`
    SELECT migration_name::text FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
    ORDER BY migration_name COLLATE "C" DESC LIMIT 1`)
  return name ?? undefined
}

/** Fixes the text form of values until the transaction ends, independent of the database's settings. */
export async function fixTextForms(db: DirectConnection): Promise<void> {
  for (const setting of ["TimeZone = 'UTC'", "DateStyle = 'ISO'", "bytea_output = 'hex'", 'extra_float_digits = 1'])
    await db.query(`SET LOCAL ${setting}`)
}

/** Reads all rows in batches, each row as a JSON array of texts; within a transaction. */
export async function* readRows(db: DirectConnection, { name, columns }: Table): AsyncGenerator<string[]> {
  const texts = columns.map((column) => `${quote(column.name)}::text`)
  await db.query(`DECLARE all_rows NO SCROLL CURSOR FOR SELECT ${texts.join(', ')} FROM ${quote(name)}`)
  for (;;) {
    const rows = await db.query(`FETCH ${batchSize} FROM all_rows`)
    if (rows.length === 0) break
    yield rows.map((row) => JSON.stringify(row))
  }
  await db.query('CLOSE all_rows')
}

/** Adds rows, each a JSON array of texts in the order of the columns. */
export async function writeRows(
  db: DirectConnection,
  { name, columns }: Table,
  rows: readonly string[],
): Promise<void> {
  const names = columns.map((column) => quote(column.name))
  const values = columns.map(({ type }, place) => `(line->>${place})::${type}`)
  for (let from = 0; from < rows.length; from += batchSize) {
    await db.query(
      `INSERT INTO ${quote(name)} (${names.join(', ')})
       SELECT ${values.join(', ')} FROM json_array_elements($1::text::json) AS lines(line)`,
      [`[${rows.slice(from, from + batchSize).join(',')}]`],
    )
  }
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
