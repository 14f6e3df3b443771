import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { migrationsDir } from '../../src/database/schema-engine.ts'

/** A folder in Prisma's format with these scripts by name, there until the test ends. */
export async function writeMigrations(scripts: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'polldock-migrations-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, 'migration_lock.toml'), 'provider = "postgresql"\n')
  for (const [name, script] of Object.entries(scripts)) {
    await mkdir(join(dir, name))
    await writeFile(join(dir, name, 'migration.sql'), script)
  }
  return dir
}

/** Polldock's migrations by name, in their order. */
export async function ownMigrations(): Promise<Record<string, string>> {
  const folders = (await readdir(migrationsDir, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const scripts = folders.map(async ({ name }) => {
    return [name, await readFile(join(migrationsDir, name, 'migration.sql'), 'utf8')] as const
  })
  return Object.fromEntries((await Promise.all(scripts)).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
