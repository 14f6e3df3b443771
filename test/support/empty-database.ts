import { openAsBlob } from 'node:fs'
import pg from 'pg'
import { inject } from 'vitest'
import { openPGlite } from '../../src/database/embedded.ts'
import { migrateEmbedded, migratePostgres } from '../../src/database/migrate.ts'
import { createPostgresDatabase } from './database.ts'

/** A database of the project's kind without any table yet. */
export type EmptyDatabase = {
  /** Empty for the embedded database. */
  url: string
  migrate(migrationsDir?: string): Promise<string[]>
  query(sql: string): Promise<unknown[]>
  close(): Promise<void>
}

export function openEmptyDatabase(): Promise<EmptyDatabase> {
  const source = inject('database')
  return source.kind === 'embedded' ? openEmptyPGlite(source.emptyImage) : openEmptyPostgres()
}

async function openEmptyPGlite(image: string): Promise<EmptyDatabase> {
  const pglite = await openPGlite(undefined, await openAsBlob(image))
  return {
    url: '',
    migrate: (dir) => migrateEmbedded(pglite, dir),
    query: async (sql) => (await pglite.query(sql)).rows,
    close: () => pglite.close(),
  }
}

async function openEmptyPostgres(): Promise<EmptyDatabase> {
  const { url, drop } = await createPostgresDatabase({ migrated: false })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    url,
    migrate: (dir) => migratePostgres(url, dir),
    query: async (sql) => (await client.query(sql)).rows,
    close: () => client.end().then(drop),
  }
}
