import type { Refusal } from '../errors.ts'
import type { PrismaClient } from './generated/client.ts'
import type { ChannelListener } from './listener.ts'

/**
 * What all processes on one database hear, each from the others and from itself. Nothing is kept for who is not there.
 */
export type Channel = {
  /** Goes on, whatever happens to the connection, until it is stopped. */
  listen(hearing: ChannelListener): { stop(): Promise<void> }
  send(texts: readonly string[]): Promise<void>
}

/** How many connections there are, how many of them idle, and how many callers wait for one. */
export type PoolUse = { total: number; idle: number; waiting: number }

export type Database = {
  prisma: PrismaClient
  kind: 'embedded' | 'postgres'
  /** How many batches are best under way at once: a second one keeps the database busy while the first gathers. */
  parallelBatches: number
  /** How its connections are used, where there is a pool of them. */
  pool?(): PoolUse
  /** What to answer to an error, if it is that the database cannot answer. */
  unavailability(error: unknown): Refusal | undefined
  /** Runs SQL as it is, past Prisma: for pg-boss, which brings its own. Without values it may be several statements. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  /** Undefined where there can be no other process on this database. */
  channel?(name: string): Channel
  /** Frees the room of what was overwritten, and looks at how full the tables are, where no server does that itself. */
  vacuum(): Promise<void>
  close(): Promise<void>
}
