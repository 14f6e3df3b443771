import { openPostgres } from '../../src/database/open.ts'
import { startPostgresServer } from './postgres-server.ts'
import { sharedSetup } from './provided.ts'

const template = 'polldock_template'

/** Starts a PostgreSQL and migrates one database of it, of which every test file gets a copy. */
export default sharedSetup(async () => {
  const server = await startPostgresServer()
  await server.createDatabase(template)
  const database = await openPostgres(`${server.url}/${template}`)
  await database.close()
  return { source: { kind: 'postgres', server: server.url, template }, remove: () => server.stop() }
})
