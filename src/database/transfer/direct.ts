import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { Config } from '../../config.ts'
import { lockDataDir, prepareDataDir, StartError } from '../data-dir.ts'
import { openPGlite, prepareFolder } from '../embedded.ts'
import { migrateEmbedded, migratePostgres } from '../migrate.ts'

/** A row, with every value in PostgreSQL's text form. */
export type TextValues = (string | null)[]

/** One connection without Prisma and without timeouts, for export and import. */
export type DirectConnection = {
  kind: 'embedded' | 'postgres'
  /** One statement, whose columns are texts. */
  query(text: string, values?: string[]): Promise<TextValues[]>
  /** Brings the database to this migration, or to the newest; see `migratePostgres`. */
  migrate(upTo?: string): Promise<string[]>
  close(): Promise<void>
}

/**
 * Opens the database of the configuration as it is, and does not migrate it.
 *
 * @param isNew whether to create a missing embedded database
 * @throws {StartError} with one plain line for the operator: it cannot be reached, is not there, or is in use
 */
export async function openDirect(
  { databaseUrl, dataDir }: Config,
  { isNew }: { isNew: boolean },
): Promise<DirectConnection> {
  if (databaseUrl) return directPostgres(databaseUrl)
  const folder = join(dataDir, 'pgdata')
  if (!isNew && !existsSync(folder))
    throw new StartError(`There is no database in ${dataDir}. Set DATA_DIR to another folder, or DATABASE_URL.`)
  await prepareDataDir(dataDir)
  const release = lockDataDir(dataDir)
  await prepareFolder(folder)
  const db = directEmbedded(await openPGlite(folder))
  return { ...db, close: () => db.close().then(release) }
}

export function directEmbedded(pglite: PGlite): DirectConnection {
  return {
    kind: 'embedded',
    query: async (text, values) => (await pglite.query<TextValues>(text, values, { rowMode: 'array' })).rows,
    migrate: (upTo) => migrateEmbedded(pglite, undefined, upTo),
    close: () => pglite.close(),
  }
}

export async function directPostgres(url: string): Promise<DirectConnection> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'polldock transfer',
  })
  // A broken connection fails the running statement; without this listener, its error would also end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    throw new StartError(`The database at DATABASE_URL cannot be opened: ${(message || code || '').trim()}`)
  }
  return {
    kind: 'postgres',
    query: async (text, values) => (await client.query<TextValues>({ text, values, rowMode: 'array' })).rows,
    migrate: (upTo) => migratePostgres(url, undefined, upTo),
    close: () => client.end(),
  }
}
