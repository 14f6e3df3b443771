import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { openPool, PostgresAdapterFactory } from './postgres.ts'
import { everySchema, openSchemaEngine, readMigrations } from './schema-engine.ts'

/** Any number will do, as long as all processes of Polldock use the same. */
const advisoryLock = 7_311_015_033

/**
 * Brings the database to the newest migration.
 *
 * @param migrationsDir another folder in Prisma's format, instead of prisma/migrations
 * @returns the names of the migrations that were applied now
 * @throws when a migration fails: the database is then as that migration's transaction left it, and Prisma's table
 *   of migrations names the one that failed
 */
export async function migrate(
  factory: SqlMigrationAwareDriverAdapterFactory,
  migrationsDir?: string,
): Promise<string[]> {
  const engine = await openSchemaEngine(factory)
  try {
    const migrationsList = await readMigrations(migrationsDir)
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: everySchema })
    return appliedMigrationNames
  } catch (error) {
    throw plainly(error as Error)
  } finally {
    engine.free()
  }
}

/**
 * The same for PostgreSQL at `url`, under a lock of the whole database, so that processes that start at once migrate
 * one by one. Its connections are closed at the end: the engine takes a lock too, and only that lets go of it.
 */
export async function migratePostgres(url: string, migrationsDir?: string): Promise<string[]> {
  const pool = openPool(url, { statementTimeout: 0 })
  try {
    const connection = await pool.connect()
    try {
      await connection.query('SELECT pg_advisory_lock($1)', [advisoryLock])
      return await migrate(new PostgresAdapterFactory(pool), migrationsDir)
    } finally {
      connection.release()
    }
  } finally {
    await pool.end()
  }
}

/** The engine tells the reason between a heading and a trace of its own sources, which names the migration. */
function plainly(error: Error): Error {
  const trace = /^external connector error\n([\s\S]*?)\n +0: [\s\S]*?migration_name="([^"]*)"/.exec(error.message)
  return trace ? new Error(`The migration ${trace[2]} failed: ${trace[1]}`, { cause: error }) : error
}
