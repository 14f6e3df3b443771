import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type { MigrationList, SchemaEngine, SchemasContainer } from '@prisma/schema-engine-wasm'

const prismaDir = fileURLToPath(new URL('../../prisma', import.meta.url))
export const migrationsDir = join(prismaDir, 'migrations')
export const everySchema = { externalTables: [], externalEnums: [] }

/** Prisma's migration engine as WebAssembly, so no binary has to be downloaded. */
export async function openSchemaEngine(factory: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> {
  loadedEngine ??= loadEngine()
  const engine = await loadedEngine
  return engine.new({ datamodels: undefined }, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
}

export async function readSchema(): Promise<SchemasContainer> {
  const path = join(prismaDir, 'schema.prisma')
  return { files: [{ path, content: await readFile(path, 'utf8') }] }
}

/**
 * The migrations folder as the engine wants it; `baseDir` can be another folder in Prisma's format, `upTo` the last.
 */
export async function readMigrations(baseDir = migrationsDir, upTo?: string): Promise<MigrationList> {
  const entries = await readdir(baseDir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const folders = names.filter((name) => upTo === undefined || name <= upTo)
  const lockfile = 'migration_lock.toml'
  return {
    baseDir,
    lockfile: { path: lockfile, content: await readFile(join(baseDir, lockfile), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(folders.sort().map((folder) => readMigration(baseDir, folder))),
  }
}

async function readMigration(baseDir: string, folder: string) {
  const value = await readFile(join(baseDir, folder, 'migration.sql'), 'utf8')
  return { path: folder, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }
}

/** Loaded once: the glue code holds one instance, and a second would replace it. */
let loadedEngine: Promise<typeof SchemaEngine> | undefined

/** Loads the .wasm by hand: the package imports it as a module, which is experimental in Node. */
async function loadEngine(): Promise<typeof SchemaEngine> {
  const specifier = '@prisma/schema-engine-wasm/schema_engine_bg'
  const glue = await import(specifier)
  const folder = dirname(fileURLToPath(import.meta.resolve(specifier)))
  const bytes = await readFile(join(folder, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start as () => void
  start()
  return glue.SchemaEngine
}
