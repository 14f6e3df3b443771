import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { cleanUp } from '../../src/jobs/jobs.ts'
import { newReservation, type Reservation, type Session, Sessions } from '../../src/people/sessions.ts'
import { day, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPerson } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let sessions: Sessions

beforeAll(async () => {
  database = await openTestDatabase()
  sessions = new Sessions(database.prisma, clock.now)
})

afterAll(() => database.close())

const start = async () => sessions.start(await createPerson(database), false)

test('a session is found by its token', async () => {
  const ann = await createPerson(database)
  const { token, session } = await sessions.start(ann, false)
  expect(session.person).toEqual(ann)
  expect(await sessions.find(token)).toEqual(session)
})

test('many simultaneous lookups each find their own session', async () => {
  const people = await createPeople(database, 30)
  const started = await Promise.all(people.map((person) => sessions.start(person, false)))
  const found = await Promise.all([...started.map(({ token }) => sessions.find(token)), sessions.find('unknown')])
  expect(found.map((session) => session?.person)).toEqual([...people, undefined])
})

test('a person may have several sessions', async () => {
  const ann = await createPerson(database)
  const [one, two] = [await sessions.start(ann, false), await sessions.start(ann, false)]
  expect(one.token).not.toBe(two.token)
  expect((await sessions.find(one.token))?.person).toEqual((await sessions.find(two.token))?.person)
})

test.each(['', 'unknown', 'a\0b', '🦊', 'x'.repeat(10_000)])('the token %j is invalid', async (token) => {
  expect(await sessions.find(token)).toBeUndefined()
})

test('the database holds the hash of the token, not the token', async () => {
  const { token, session } = await start()
  const hash = createHash('sha256').update(token).digest()
  const row = await database.prisma.session.findUnique({ where: { tokenHash: hash } })
  expect(row?.personId).toBe(session.person.id)
  const texts = await database.prisma.$queryRaw<{ text: string }[]>`SELECT s::text AS text FROM sessions s`
  expect(texts.some(({ text }) => text.includes(token))).toBe(false)
})

test('a session lasts 90 days', async () => {
  const { token } = await start()
  clock.advance(90 * day - 1)
  expect(await sessions.find(token)).toBeDefined()
  clock.advance(1)
  expect(await sessions.find(token)).toBeUndefined()
})

test('a session in use is prolonged, at most once a day', async () => {
  const { token, session } = await start()
  clock.advance(day)
  expect(sessions.isDue(session)).toBe(false)
  clock.advance(1)
  expect(sessions.isDue(session)).toBe(true)
  await sessions.prolong(session)
  expect(sessions.isDue((await sessions.find(token)) as Session)).toBe(false)
})

test('a prolonged session lasts another 90 days', async () => {
  const { token, session } = await start()
  clock.advance(89 * day)
  await sessions.prolong(session)
  clock.advance(90 * day - 1)
  expect(await sessions.find(token)).toBeDefined()
})

test('expired sessions are removed in time', async () => {
  const { session: old } = await start()
  clock.advance(45 * day)
  const { token } = await start()
  clock.advance(45 * day)
  await cleanUp(database.prisma, clock.now())
  const tokenHash = Buffer.from(old.hash, 'hex')
  expect(await database.prisma.session.findUnique({ where: { tokenHash } })).toBeNull()
  expect(await sessions.find(token)).toBeDefined()
})

test('guests who come at the same time each get their session, also when one has come before', async () => {
  const reservations = Array.from({ length: 600 }, newReservation)
  const [known] = reservations as [Reservation]
  await sessions.startAsGuest(known, 'First')
  const made = await Promise.all(reservations.map((one, index) => sessions.startAsGuest(one, `Guest ${index}`)))
  expect(made.map((session) => session?.person.name)).toEqual(
    reservations.map((_, index) => (index ? `Guest ${index}` : 'First')),
  )
  const found = await Promise.all(reservations.map(({ token }) => sessions.find(token)))
  expect(found).toEqual(made)
})

test('a reservation creates one guest and session, even if used twice at once', async () => {
  const reservation = newReservation()
  const made = await Promise.all([sessions.startAsGuest(reservation, 'Dora'), sessions.startAsGuest(reservation, 'D')])
  expect(made[0]).toEqual(made[1])
  expect(made[0]).toMatchObject({ isSignedIn: false, person: { id: reservation.id } })
  expect(await sessions.find(reservation.token)).toEqual(made[0])
})

test('a reservation ends with its session', async () => {
  const reservation = newReservation()
  const session = await sessions.startAsGuest(reservation, 'Dora')
  await sessions.end(session as Session)
  expect(await sessions.startAsGuest(reservation, 'Mallory')).toBeUndefined()
})

test('a reservation of an existing id does not give access to that person', async () => {
  const ann = await createPerson(database)
  expect(await sessions.startAsGuest({ ...newReservation(), id: ann.id }, 'Mallory')).toBeUndefined()
})
