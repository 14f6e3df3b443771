import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '../../src/database/open.ts'
import { newDatabase } from './server.ts'

/** Makes and migrates one database, of which every server gets a copy. */
export default async function makeDatabase(): Promise<() => Promise<void>> {
  const parent = await mkdtemp(join(tmpdir(), 'polldock-e2e-image-'))
  const folder = join(parent, 'pgdata')
  const database = await openEmbedded(folder)
  await database.close()
  process.env[newDatabase] = folder
  return () => rm(parent, { recursive: true, force: true })
}
