import type { FastifyBaseLogger } from 'fastify'
import { PgBoss } from 'pg-boss'
import { StartError } from '../database/data-dir.ts'
import type { Database } from '../database/database.ts'

const dayInSeconds = 86_400
/** An arbitrary number, the same for all processes of Polldock, used by no other lock. */
const advisoryLock = 7_311_015_034
/** pg-boss takes its own lock only once the schema exists: of several processes that create it, all but one would fail. */
const makeSchema = `BEGIN; SELECT pg_advisory_xact_lock(${advisoryLock}); CREATE SCHEMA IF NOT EXISTS pgboss; COMMIT`

/**
 * Starts pg-boss on our own connections. It creates and migrates its tables in the schema `pgboss`; processes that
 * start at the same time wait for each other. Its errors and warnings are logged.
 *
 * @param watchSeconds how often the processes look for jobs of dead processes; the longest gap is twice that
 * @throws {StartError} when it cannot create its tables
 */
export async function startBoss(database: Database, log: FastifyBaseLogger, watchSeconds: number): Promise<PgBoss> {
  const boss = new PgBoss({
    db: { executeSql: database.executeSql },
    backend: database.kind === 'embedded' ? 'pglite' : 'postgres',
    superviseIntervalSeconds: watchSeconds,
    monitorIntervalSeconds: watchSeconds,
    // Features that we do not use; they would run statements all the time.
    flowIntervalSeconds: dayInSeconds,
    cronMonitorIntervalSeconds: 45,
    cronWorkerIntervalSeconds: 45,
    registerInstance: false,
    openTelemetry: { enabled: false },
    // Both would need rights and timeouts that our connections do not have.
    reindex: false,
    monitorVacuum: false,
  })
  boss.on('error', (err) => log.error({ err }, 'The jobs library reports an error'))
  // Only the message: a warning's data may hold a statement with its values.
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'The jobs library warns'))
  try {
    await database.executeSql(makeSchema)
    return await boss.start()
  } catch (error) {
    throw new StartError(`The tables for jobs cannot be made in the database: ${(error as Error).message.trim()}`)
  }
}
