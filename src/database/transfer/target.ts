import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../data-dir.ts'
import { readMigrations } from '../schema-engine.ts'
import type { DirectConnection } from './direct.ts'
import type { Header } from './format.ts'
import { lastMigration, quote, readTables, type Table } from './tables.ts'

/**
 * Migrates an empty database to the migration of an export.
 *
 * @returns the tables in the export's order, with the export's columns
 * @throws {StartError} when the export cannot be read into this database
 */
export async function prepareTarget(db: DirectConnection, header: Header): Promise<Table[]> {
  const { migration } = header
  const { migrationDirectories } = await readMigrations()
  if (!migrationDirectories.some(({ path }) => path === migration)) {
    throw new StartError(
      `The file is of a newer Polldock: this one does not know its migration ${migration}. Import it with that version.`,
    )
  }
  await refuseWhileInUse(db)
  await refuseUnlessEmpty(db, await readTables(db))
  await db.migrate(migration)
  const reached = await lastMigration(db)
  if (reached === migration) return sameTables(await readTables(db), header)
  throw new StartError(
    `The file ends with the migration ${migration}, and the tables of the database are of ${reached} already. Import it into a database without any tables.`,
  )
}

/** Locks the tables and checks that they are empty; within a transaction. */
export async function lockEmpty(db: DirectConnection, tables: readonly Table[]): Promise<void> {
  await db.query("SET LOCAL lock_timeout = '5s'")
  await db.query(`LOCK TABLE ${tables.map(({ name }) => quote(name)).join(', ')} IN ACCESS EXCLUSIVE MODE`)
  await refuseUnlessEmpty(db, tables)
}

/**
 * Drops the foreign keys, runs `work`, and adds them again, which checks them: rows can refer to later rows. Within a
 * transaction.
 */
export async function withoutForeignKeys<T>(db: DirectConnection, work: () => Promise<T>): Promise<T> {
  const keys = await db.query(`
    SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace`)
  for (const [table, name] of keys) await db.query(`ALTER TABLE ${table} DROP CONSTRAINT ${quote(name ?? '')}`)
  const result = await work()
  for (const [table, name, definition] of keys)
    await db.query(`ALTER TABLE ${table} ADD CONSTRAINT ${quote(name ?? '')} ${definition}`)
  return result
}

/** How long to wait until the server notices closed connections, and how often to ask, in milliseconds. */
const retryTimes = { allMs: 2_000, everyMs: 100 }

async function refuseWhileInUse(db: DirectConnection): Promise<void> {
  if (db.kind === 'embedded') return
  for (let waitedMs = 0; waitedMs <= retryTimes.allMs; waitedMs += retryTimes.everyMs) {
    const users = await db.query(
      "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'polldock'",
    )
    if (users.length === 0) return
    await sleep(retryTimes.everyMs)
  }
  throw new StartError('A Polldock is running on this database. Stop it, and import then.')
}

async function refuseUnlessEmpty(db: DirectConnection, tables: readonly Table[]): Promise<void> {
  const filled: string[] = []
  for (const { name } of tables) {
    if ((await db.query(`SELECT 'a row' FROM ${quote(name)} LIMIT 1`)).length > 0) filled.push(name)
  }
  if (filled.length === 0) return
  throw new StartError(
    `The database is not empty: there are rows in ${filled.join(', ')}. Import into one that Polldock has not been used with.`,
  )
}

/** @throws {StartError} when the database has other tables or columns than the export */
function sameTables(tables: Table[], header: Header): Table[] {
  const columnsOf = new Map(tables.map(({ name, columns }) => [name, new Map(columns.map((one) => [one.name, one]))]))
  const same = header.tables.map(({ name, columns: names }) => {
    const known = columnsOf.get(name)
    const columns = names.flatMap((column) => known?.get(column) ?? [])
    return known?.size === columns.length && names.length === columns.length ? { name, columns } : undefined
  })
  const matching = same.filter((table) => table !== undefined)
  if (matching.length === same.length && matching.length === tables.length) return matching
  throw new StartError('The file has other tables or columns than the database. It was changed, or the database was.')
}
