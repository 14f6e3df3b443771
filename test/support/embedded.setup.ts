import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { openPGlite } from '../../src/database/embedded.ts'
import { migrateEmbedded } from '../../src/database/migrate.ts'
import { sharedSetup } from './provided.ts'

/** Migrates one database, of which every test file and every process gets a copy. */
export default sharedSetup(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'polldock-image-'))
  const folder = join(parent, 'pgdata')
  const pglite = await openPGlite(folder)
  const emptyImage = await dump(pglite, join(parent, 'empty.tar'))
  await migrateEmbedded(pglite)
  const image = await dump(pglite, join(parent, 'migrated.tar'))
  await pglite.close()
  return {
    source: { kind: 'embedded', folder, image, emptyImage },
    remove: () => rm(parent, { recursive: true }),
  }
})

async function dump(pglite: PGlite, path: string): Promise<string> {
  const data = await pglite.dumpDataDir('none')
  await writeFile(path, data.stream())
  return path
}
