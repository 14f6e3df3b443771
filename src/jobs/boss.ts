import type { FastifyBaseLogger } from 'fastify'
import { PgBoss } from 'pg-boss'
import { StartError } from '../database/data-dir.ts'
import type { Database } from '../database/database.ts'

const dayInSeconds = 86_400
/** Any number will do, as long as all processes of Polldock use the same, and no other lock does. */
const advisoryLock = 7_311_015_034
/** By itself pg-boss takes its lock only when the schema is there: of several that make it at once all but one fail. */
const makeSchema = `BEGIN; SELECT pg_advisory_xact_lock(${advisoryLock}); CREATE SCHEMA IF NOT EXISTS pgboss; COMMIT`

/**
 * pg-boss on our own connections, with its tables in the schema `pgboss`, which it makes and migrates itself; processes
 * that start at once wait for each other there. What it has to say is logged, and ends nothing.
 *
 * @param watchSeconds how often each process looks for jobs whose process has gone, unless another has just done so:
 *   nobody does for twice as long at most
 * @throws {StartError} when it cannot make its tables
 */
export async function startBoss(database: Database, log: FastifyBaseLogger, watchSeconds: number): Promise<PgBoss> {
  const boss = new PgBoss({
    db: { executeSql: database.executeSql },
    backend: database.kind === 'embedded' ? 'pglite' : 'postgres',
    superviseIntervalSeconds: watchSeconds,
    monitorIntervalSeconds: watchSeconds,
    // What we do not use costs statements all the time.
    flowIntervalSeconds: dayInSeconds,
    cronMonitorIntervalSeconds: 45,
    cronWorkerIntervalSeconds: 45,
    registerInstance: false,
    openTelemetry: { enabled: false },
    // Both would need rights, and time-outs, that our connections do not have.
    reindex: false,
    monitorVacuum: false,
  })
  boss.on('error', (err) => log.error({ err }, 'The jobs library reports an error'))
  // What comes with a warning may be a statement and its values.
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'The jobs library warns'))
  try {
    await database.executeSql(makeSchema)
    return await boss.start()
  } catch (error) {
    throw new StartError(`The tables for jobs cannot be made in the database: ${(error as Error).message.trim()}`)
  }
}
