import type { PGlite } from '@electric-sql/pglite'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import type { Database } from './database.ts'
import { EmbeddedAdapterFactory } from './embedded.ts'
import { openPool, PostgresAdapterFactory } from './postgres.ts'
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
  return migrate(new EmbeddedAdapterFactory(pglite), (sql) => pglite.exec(sql), migrations)
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
    return await migrate(new PostgresAdapterFactory(pool), (sql) => pool.query(sql), migrations)
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
  const { rows } = await database.executeSql(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  const applied = new Set((rows as { name: string }[]).map(({ name }) => name))
  const { migrationDirectories } = await readMigrations(migrationsDir)
  const missing = migrationDirectories.find(({ path }) => !applied.has(path))
  if (missing) throw new Error(`The migration ${missing.path} is not applied.`)
}

/**
 * Runs the migrations and the engine's record of them in one transaction. Without it, a killed process could leave a
 * migration half done, which the engine refuses to continue.
 *
 * @param run executes statements on the one connection that the factory's adapters use too
 */
async function migrate(
  factory: SqlMigrationAwareDriverAdapterFactory,
  run: (sql: string) => Promise<unknown>,
  migrations: MigrationList,
): Promise<string[]> {
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
