import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/open.ts'
import { createGuest, rename } from '../../src/people/people.ts'
import { openTestDatabase } from '../support/database.ts'

const now = new Date('2026-03-14T09:26:53.589Z')
let database: Database

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.close())

test('a guest is kept with the name they gave', async () => {
  const { id } = await createGuest(database.prisma, 'Zoë 🦊', now)
  const row = await database.prisma.person.findUnique({ where: { id } })
  expect(row).toEqual({ id, name: 'Zoë 🦊', createdAt: now, renamedAt: null })
})

test('a new name is kept with the time it was given', async () => {
  const { id } = await createGuest(database.prisma, 'Ann', now)
  await rename(database.prisma, id, 'Anna', new Date(now.getTime() + 1))
  const row = await database.prisma.person.findUnique({ where: { id } })
  expect(row).toEqual({ id, name: 'Anna', createdAt: now, renamedAt: new Date(now.getTime() + 1) })
})
