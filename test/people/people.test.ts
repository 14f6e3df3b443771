import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { newGuest, People } from '../../src/people/people.ts'
import { minute, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'

const clock = new TestClock()
let database: Database
let people: People

beforeAll(async () => {
  database = await openTestDatabase()
  people = new People(database.prisma, clock.now)
})

afterAll(() => database.close())

const row = (id: string) => database.prisma.person.findUnique({ where: { id } })

test('a guest is stored with the given name', async () => {
  const { id, name } = await people.createGuest('Zoë 🦊')
  expect(name).toBe('Zoë 🦊')
  const untouched = { renamedAt: null, mergedIntoId: null, mergingSince: null, removingSince: null }
  expect(await row(id)).toEqual({ id, name: 'Zoë 🦊', createdAt: clock.now(), ...untouched })
})

test('two guests may have the same name', async () => {
  const [one, two] = [await people.createGuest('Ann'), await people.createGuest('Ann')]
  expect(one.id).not.toBe(two.id)
})

test('a new name is stored with the time of the change', async () => {
  const { id } = await people.createGuest('Ann')
  clock.advance(minute)
  await people.rename(id, 'Anna')
  expect(await row(id)).toMatchObject({ name: 'Anna', renamedAt: clock.now() })
})

test.each([
  [' Ann \n Lee ', 'Ann Lee'],
  ['x'.repeat(60), 'x'.repeat(60)],
])('the name %j is accepted', (name, kept) => {
  expect(newGuest.parse({ name })).toEqual({ name: kept })
})

test.each(['', '\u200b', 'x'.repeat(61), undefined])('the name %j is refused', (name) => {
  expect(newGuest.safeParse({ name }).success).toBe(false)
})
