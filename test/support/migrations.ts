import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

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
