import type { TestProject } from 'vitest/node'
import { openPostgres } from '../../src/database/open.ts'
import { startPostgresServer } from './postgres-server.ts'
import './provided.ts'

const template = 'polldock_template'

/** Starts a PostgreSQL and migrates one database of it, of which every test file gets a copy. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer()
  await server.createDatabase(template)
  const database = await openPostgres(`${server.url}/${template}`)
  await database.close()
  provide('database', { kind: 'postgres', server: server.url, template })
  return () => server.stop()
}
