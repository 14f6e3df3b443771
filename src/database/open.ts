import type { PGlite } from '@electric-sql/pglite'
import type { Refusal } from '../errors.ts'
import { EmbeddedAdapterFactory, executeOnPGlite, openPGlite, prepareFolder } from './embedded.ts'
import { unavailability } from './failures.ts'
import { PrismaClient } from './generated/client.ts'
import { type Hearing, Listener } from './listener.ts'
import { migrateEmbedded, migratePostgres } from './migrate.ts'
import { executeOnPool, notify, openPool, PostgresAdapterFactory } from './postgres.ts'

/**
 * What all processes on one database hear, each from the others and from itself. Nothing is kept for who is not there.
 */
export type Channel = {
  /** Goes on, whatever happens to the connection, until it is stopped. */
  listen(hearing: Hearing): { stop(): Promise<void> }
  say(texts: readonly string[]): Promise<void>
}

/** How many connections there are, how many of them idle, and how many callers wait for one. */
export type PoolUse = { total: number; idle: number; waiting: number }

export type Database = {
  prisma: PrismaClient
  kind: 'embedded' | 'postgres'
  /** How many batches are best under way at once: a second one keeps the database busy while the first gathers. */
  lanes: number
  /** How its connections are used, where there is a pool of them. */
  pool?(): PoolUse
  /** What to answer to an error, if it is that the database cannot answer. */
  unavailability(error: unknown): Refusal | undefined
  /** Runs SQL as it is, past Prisma: for pg-boss, which brings its own. Without values it may be several statements. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  /** Undefined where there can be no other process on this database. */
  channel?(name: string): Channel
  /** Frees the room of what was overwritten, and looks at how full the tables are, where no server does that itself. */
  tidy(): Promise<void>
  close(): Promise<void>
}

/** PostgreSQL at `url`, migrated to the newest schema. */
export async function openPostgres(url: string): Promise<Database> {
  await migratePostgres(url)
  const pool = openPool(url)
  const prisma = new PrismaClient({ adapter: new PostgresAdapterFactory(pool) })
  return {
    prisma,
    kind: 'postgres',
    lanes: 2,
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    unavailability,
    executeSql: (text, values) => executeOnPool(pool, text, values),
    channel: (name) => ({
      listen: (hearing) => new Listener(url, name, hearing),
      say: (texts) => notify(pool, name, texts),
    }),
    tidy: async () => {},
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

/** PGlite in the folder `dataDir`, or in memory without one; migrated. `image` is a dump to start from. */
export async function openEmbedded(dataDir?: string, image?: Blob): Promise<Database> {
  if (dataDir) await prepareFolder(dataDir)
  const pglite = await openPGlite(dataDir, image)
  try {
    await migrateEmbedded(pglite)
  } catch (error) {
    await pglite.close()
    throw error
  }
  return embeddedDatabase(pglite)
}

/** What is there of a migrated PGlite. */
export function embeddedDatabase(pglite: PGlite): Database {
  const prisma = new PrismaClient({ adapter: new EmbeddedAdapterFactory(pglite) })
  return {
    prisma,
    kind: 'embedded',
    lanes: 1,
    unavailability,
    executeSql: (text, values) => executeOnPGlite(pglite, text, values),
    tidy: async () => {
      await pglite.exec('VACUUM (ANALYZE)')
    },
    close: async () => {
      await prisma.$disconnect()
      await pglite.close()
    },
  }
}
