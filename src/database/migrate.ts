import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type pg from 'pg'
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
  } finally {
    engine.free()
  }
}

/** Holds a lock of the whole database during `work`, so that processes that start at once migrate one by one. */
export async function underMigrationLock<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const connection = await pool.connect()
  try {
    await connection.query('SET statement_timeout = 0')
    await connection.query('SELECT pg_advisory_lock($1)', [advisoryLock])
    return await work()
  } finally {
    // Closing the connection lets go of the lock and of the setting.
    connection.release(true)
  }
}
