// npm run db:migration -- name: writes prisma/migrations/<time>_<name>/migration.sql, with the difference between the
// existing migrations and schema.prisma. Read it before you commit it.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedAdapterFactory, openPGlite } from '../src/database/embedded.ts'
import {
  everySchema,
  migrationsDir,
  openSchemaEngine,
  readMigrations,
  readSchema,
} from '../src/database/schema-engine.ts'

const name = process.argv[2]
if (!name || !/^[a-z][a-z0-9_]{0,60}$/.test(name)) {
  console.error(
    'Give the migration a name of lower-case letters, digits and _, as in: npm run db:migration -- add_quorum',
  )
  process.exit(1)
}

const pglite = await openPGlite()
const engine = await openSchemaEngine(new EmbeddedAdapterFactory(pglite))
const { stdout } = await engine.diff({
  from: { tag: 'migrations', ...(await readMigrations()) },
  to: { tag: 'schemaDatamodel', ...(await readSchema()) },
  script: true,
  exitCode: null,
  filters: everySchema,
})
await pglite.close()

const script = stdout?.trim() ?? ''
if (script === '' || script.startsWith('-- This is an empty migration')) {
  console.log('schema.prisma and the migrations agree already: nothing to write.')
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(migrationsDir, `${stamp}_${name}`)
  await mkdir(folder)
  await writeFile(join(folder, 'migration.sql'), `${script}\n`)
  console.log(`Wrote ${join(folder, 'migration.sql')}`)
}
