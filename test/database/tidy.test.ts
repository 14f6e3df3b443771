import { expect, inject, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { createPeople } from '../support/polls.ts'

const isEmbedded = inject('database').kind === 'embedded'

test.runIf(isEmbedded)('tidying frees the space of overwritten rows, as PGlite has no autovacuum', async () => {
  const database = await openTestDatabase()
  const { prisma } = database
  const size = async () => {
    const [row] = await prisma.$queryRaw<{ bytes: bigint }[]>`SELECT pg_relation_size('people') AS bytes`
    return Number(row?.bytes)
  }
  await createPeople(database, 2_000)
  await prisma.person.updateMany({ data: { name: 'Somebody' } })
  const overwritten = await size()
  await database.vacuum()
  await prisma.person.updateMany({ data: { name: 'Somebody else' } })
  expect(await size()).toBe(overwritten)
  await database.close()
})
