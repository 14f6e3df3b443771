import { expect, test } from 'vitest'
import { EmbeddedAdapterFactory, openPGlite } from '../../src/database/embedded.ts'
import { everySchema, openSchemaEngine, readMigrations, readSchema } from '../../src/database/schema-engine.ts'

test('the migrations lead to schema.prisma: if not, npm run db:migration writes what is missing', async () => {
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
  expect(stdout?.trim()).toBe('-- This is an empty migration.')
})
