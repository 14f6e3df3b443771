import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { EmbeddedAdapterFactory, openPGlite } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import './provided.ts'

/** Migrates one database in memory and keeps its dump, with which every test file begins. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'polldock-image-'))
  const image = join(folder, 'migrated.tar')
  const pglite = await openPGlite()
  await migrate(new EmbeddedAdapterFactory(pglite))
  const dump = await pglite.dumpDataDir('none')
  await writeFile(image, Buffer.from(await dump.arrayBuffer()))
  await pglite.close()
  provide('database', { kind: 'embedded', image })
  return () => rm(folder, { recursive: true })
}
