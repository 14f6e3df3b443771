import type { Refusal } from '../errors.ts'
import type { Sql } from './direct-sql.ts'
import type { PrismaClient } from './generated/client.ts'
import type { ChannelListener } from './listener.ts'

/** Notifications between all processes on one database, the sender included. A process that does not listen misses them. */
export type Channel = {
  /** Listens, and reconnects, until it is stopped. */
  listen(listener: ChannelListener): { stop(): Promise<void> }
  send(texts: readonly string[]): Promise<void>
}

/** The number of connections, of idle connections, and of callers that wait for a connection. */
export type PoolUse = { total: number; idle: number; waiting: number }

export type Database = {
  prisma: PrismaClient
  kind: 'embedded' | 'postgres'
  /** How many batches run at the same time: the second keeps the database busy while the first gathers commands. */
  parallelBatches: number
  /** Undefined without a connection pool. */
  pool?(): PoolUse
  /** The refusal for an error that means that the database cannot answer; undefined for other errors. */
  unavailability(error: unknown): Refusal | undefined
  /** Runs frequent statements without Prisma. */
  sql: Sql
  /** Commits what `work` does, or nothing if it throws. Without Prisma. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>
  /** Runs SQL without Prisma, for pg-boss. Without values it may be several statements. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  /** Undefined with the embedded database, which has one process. */
  channel?(name: string): Channel
  /** Runs VACUUM and ANALYZE on the embedded database; a PostgreSQL server does that itself. */
  vacuum(): Promise<void>
  close(): Promise<void>
}
