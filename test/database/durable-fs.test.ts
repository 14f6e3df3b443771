import fs from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, inject, test, vi } from 'vitest'
import { openPGlite } from '../../src/database/embedded.ts'

afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

/** The paths that are synced from now on, within this folder. */
function spySyncs(folder: string): string[] {
  const paths: string[] = []
  const { fsyncSync } = fs
  vi.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
    paths.push(fs.readlinkSync(`/proc/self/fd/${file}`).slice(folder.length + 1))
    fsyncSync(file)
  })
  syncBuiltinESMExports()
  return paths
}

const source = inject('database')
const isLinux = process.platform === 'linux'

test.runIf(source.kind === 'embedded' && isLinux)(
  'commits and checkpoints of the embedded database reach the disk',
  async () => {
    const parent = await mkdtemp(join(tmpdir(), 'polldock-data-'))
    const folder = join(parent, 'pgdata')
    if (source.kind === 'embedded') await cp(source.folder, folder, { recursive: true })
    // What a crash during a start leaves.
    await writeFile(join(folder, 'postmaster.pid'), '')
    const pglite = await openPGlite(folder)
    await pglite.exec('CREATE TABLE counted (number int)')
    const syncs = spySyncs(folder)

    for (let number = 0; number < 5; number++) await pglite.query('INSERT INTO counted VALUES ($1)', [number])
    expect(syncs).toEqual(Array(5).fill(expect.stringMatching(/^pg_wal\/[\dA-F]{24}$/)))

    syncs.length = 0
    const { rows } = await pglite.query<{ path: string }>("SELECT pg_relation_filepath('counted') AS path")
    await pglite.exec('CHECKPOINT')
    expect(syncs).toEqual(expect.arrayContaining([rows[0]?.path, 'pg_xact', 'global/pg_control']))
    await pglite.close()
    await rm(parent, { recursive: true })
  },
)
