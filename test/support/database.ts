import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/open.ts'
import { lendEmbedded } from './lent-databases.ts'
import './provided.ts'

/** An empty, migrated database of the project's kind that nobody else uses. Closing it removes it. */
export async function openTestDatabase(): Promise<Database> {
  const source = inject('database')
  if (source.kind === 'embedded') return lendEmbedded(source.image)
  const { url, drop } = await createPostgresDatabase({ migrated: true })
  const database = await openPostgres(url)
  return { ...database, close: () => database.close().then(drop) }
}

/** An empty database on the project's PostgreSQL server, with the tables or without any. */
export async function createPostgresDatabase({ migrated }: { migrated: boolean }) {
  const source = inject('database')
  if (source.kind !== 'postgres') throw new TypeError('This project has no PostgreSQL server.')
  const { server, template } = source
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(server, `CREATE DATABASE ${name} TEMPLATE ${migrated ? template : 'template0'} STRATEGY file_copy`)
  return { url: `${server}/${name}`, drop: () => administer(server, `DROP DATABASE ${name} WITH (FORCE)`) }
}

export type ProcessEnvironment = { variables: Record<string, string>; remove(): Promise<void> }

/** The environment of a Polldock process with a database of its own of the project's kind, and how to remove it. */
export async function processEnvironment({ migrated } = { migrated: true }): Promise<ProcessEnvironment> {
  const source = inject('database')
  const dataDir = await mkdtemp(join(tmpdir(), 'polldock-data-'))
  const removeDir = () => rm(dataDir, { recursive: true, force: true })
  if (source.kind === 'embedded') {
    if (migrated) await cp(source.folder, join(dataDir, 'pgdata'), { recursive: true })
    return { variables: { DATA_DIR: dataDir }, remove: removeDir }
  }
  const { url, drop } = await createPostgresDatabase({ migrated })
  return { variables: { DATA_DIR: dataDir, DATABASE_URL: url }, remove: () => drop().then(removeDir) }
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
