import type { PGlite } from '@electric-sql/pglite'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import type { Database } from './database.ts'
import { EmbeddedAdapterFactory } from './embedded.ts'
import { executeOnPool, openPool, PostgresAdapterFactory } from './postgres.ts'
import { everySchema, openSchemaEngine, readMigrations } from './schema-engine.ts'

/** An arbitrary number, the same for all processes of Polldock. */
const advisoryLock = 7_311_015_033

/**
 * Brings the database to the newest migration.
 *
 * @param migrationsDir another folder in Prisma's format, instead of prisma/migrations
 * @param upTo the name of the last one to apply, instead of the newest
 * @returns the names of the migrations that were applied now
 * @throws when a migration fails, with its name and the reason: the database is then as it was before
 */
export async function migrateEmbedded(pglite: PGlite, migrationsDir?: string, upTo?: string): Promise<string[]> {
  const migrations = await readMigrations(migrationsDir, upTo)
  const run = async (sql: string) => ({ rows: (await pglite.exec(sql)).flatMap(({ rows }) => rows) })
  return migrate(new EmbeddedAdapterFactory(pglite), run, migrations)
}

/** As `migrateEmbedded`, for the PostgreSQL at `url`. Processes that start at the same time migrate in turn. */
export async function migratePostgres(url: string, migrationsDir?: string, upTo?: string): Promise<string[]> {
  const migrations = await readMigrations(migrationsDir, upTo)
  // One connection, closed at the end: only that releases the engine's lock.
  const pool = openPool(url, {
    max: 1,
    idleTimeoutMillis: 0,
    statement_timeout: 0,
    lock_timeout: 0,
    query_timeout: 0,
    idle_in_transaction_session_timeout: 0,
  })
  try {
    return await migrate(new PostgresAdapterFactory(pool), (sql) => executeOnPool(pool, sql), migrations)
  } finally {
    await pool.end()
  }
}

/**
 * Checks that all migrations of this version are applied. Those of a newer version may be, too, during an upgrade.
 *
 * @throws with the name of a missing migration
 */
export async function expectMigrated(database: Pick<Database, 'executeSql'>, migrationsDir?: string): Promise<void> {
  const { missing } = await stateOf((sql) => database.executeSql(sql), await readMigrations(migrationsDir))
  if (missing) throw new Error(`The migration ${missing} is not applied.`)
}

/** The name of the first migration that is not applied, and whether another one is half done. */
async function stateOf(run: Run, { migrationDirectories }: MigrationList) {
  const { rows } = await run(
    'SELECT migration_name AS name, finished_at IS NOT NULL AS "isApplied" FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  )
  const known = rows as { name: string; isApplied: boolean }[]
  const applied = new Set(known.filter(({ isApplied }) => isApplied).map(({ name }) => name))
  const missing = migrationDirectories.find(({ path }) => !applied.has(path))?.path
  return { missing, isHalfDone: known.some(({ isApplied }) => !isApplied) }
}

/** Whether the engine would find nothing to do. */
async function isMigrated(run: Run, migrations: MigrationList): Promise<boolean> {
  const { rows } = await run(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "isThere"`)
  const [record] = rows as { isThere: boolean }[]
  if (!record?.isThere) return false
  const { missing, isHalfDone } = await stateOf(run, migrations)
  return !missing && !isHalfDone
}

/** Executes SQL on the one connection that the adapters of migrations use too. */
type Run = (sql: string) => Promise<{ rows: unknown[] }>

/**
 * Runs the migrations and the engine's record of them in one transaction. Without it, a killed process could leave a
 * migration half done, which the engine refuses to continue. Most starts find all of them applied, and need no engine:
 * it takes a tenth of a second and fifty megabytes.
 */
async function migrate(
  factory: SqlMigrationAwareDriverAdapterFactory,
  run: Run,
  migrations: MigrationList,
): Promise<string[]> {
  if (await isMigrated(run, migrations)) return []
  const failures: Error[] = []
  await run('BEGIN')
  try {
    await run(`SELECT pg_advisory_xact_lock(${advisoryLock})`)
    const applied = await applyMigrations(rememberingFailures(factory, migrations, failures), migrations)
    await run('COMMIT')
    return applied
  } catch (error) {
    await run('ROLLBACK').catch(() => {})
    throw failures[0] ?? error
  }
}

async function applyMigrations(factory: SqlMigrationAwareDriverAdapterFactory, migrationsList: MigrationList) {
  const engine = await openSchemaEngine(factory)
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: everySchema })
    return appliedMigrationNames
  } finally {
    engine.free()
  }
}

/** Keeps the reason of a failure: the engine cannot record it in the failed transaction, and reports only that. */
function rememberingFailures(
  factory: SqlMigrationAwareDriverAdapterFactory,
  migrations: MigrationList,
  failures: Error[],
): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    connect: async () => {
      const adapter = await factory.connect()
      const execute = adapter.executeScript.bind(adapter)
      adapter.executeScript = (script) =>
        execute(script).catch((error) => {
          failures.push(new Error(`The migration ${nameOf(script, migrations)} failed: ${error.message}`))
          throw error
        })
      return adapter
    },
  }
}

function nameOf(script: string, { migrationDirectories }: MigrationList): string | undefined {
  return migrationDirectories.find(({ migrationFile }) => migrationFile.content.value === script)?.path
}
