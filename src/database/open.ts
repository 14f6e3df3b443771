import type { PGlite } from '@electric-sql/pglite'
import type { Database } from './database.ts'
import {
  EmbeddedAdapterFactory,
  executeOnPGlite,
  openPGlite,
  prepareFolder,
  sqlOnPGlite,
  transactOnPGlite,
  vacuum,
} from './embedded.ts'
import { unavailability } from './failures.ts'
import { PrismaClient } from './generated/client.ts'
import { Listener } from './listener.ts'
import { migrateEmbedded, migratePostgres } from './migrate.ts'
import { executeOnPool, notify, openPool, PostgresAdapterFactory, sqlOn, transactOnPool } from './postgres.ts'
import { startUpkeep } from './upkeep.ts'

/** PostgreSQL at `url`, migrated to the newest schema. */
export async function openPostgres(url: string): Promise<Database> {
  await migratePostgres(url)
  const pool = openPool(url)
  const prisma = new PrismaClient({ adapter: new PostgresAdapterFactory(pool) })
  return {
    prisma,
    kind: 'postgres',
    parallelBatches: 2,
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    unavailability,
    sql: sqlOn(pool),
    transaction: (work) => transactOnPool(pool, work),
    executeSql: (text, values) => executeOnPool(pool, text, values),
    channel: (name) => ({
      listen: (listener) => new Listener(url, name, listener),
      send: (texts) => notify(pool, name, texts),
    }),
    vacuum: async () => {},
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
  if (!dataDir) return embeddedDatabase(pglite)
  const stopUpkeep = startUpkeep(pglite)
  const database = embeddedDatabase(pglite)
  return {
    ...database,
    close: async () => {
      stopUpkeep()
      await database.close()
    },
  }
}

/** The `Database` of a migrated PGlite. */
export function embeddedDatabase(pglite: PGlite): Database {
  const prisma = new PrismaClient({ adapter: new EmbeddedAdapterFactory(pglite) })
  return {
    prisma,
    kind: 'embedded',
    parallelBatches: 1,
    unavailability,
    sql: sqlOnPGlite(pglite),
    transaction: (work) => transactOnPGlite(pglite, work),
    executeSql: (text, values) => executeOnPGlite(pglite, text, values),
    vacuum: () => vacuum(pglite),
    close: async () => {
      await prisma.$disconnect()
      await pglite.close()
    },
  }
}
