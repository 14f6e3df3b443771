import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openPGlite } from '../../src/database/embedded.ts'
import { migrateEmbedded } from '../../src/database/migrate.ts'
import './provided.ts'

/** Migrates one database, of which every test file and every process gets a copy. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const parent = await mkdtemp(join(tmpdir(), 'polldock-image-'))
  const folder = join(parent, 'pgdata')
  const image = join(parent, 'pgdata.tar')
  const pglite = await openPGlite(folder)
  await migrateEmbedded(pglite)
  const dump = await pglite.dumpDataDir('none')
  await writeFile(image, Buffer.from(await dump.arrayBuffer()))
  await pglite.close()
  provide('database', { kind: 'embedded', folder, image })
  return () => rm(parent, { recursive: true })
}
