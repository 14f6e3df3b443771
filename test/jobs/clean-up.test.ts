import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { cleanUp } from '../../src/jobs/jobs.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { day, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPerson, createPoll } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
})

afterAll(() => database.close())

const clean = () => cleanUp(database.prisma, clock.now())
const isKept = async ({ id }: Poll) => (await database.prisma.poll.count({ where: { id } })) === 1

test('a deleted poll is removed with all its data after a month', async () => {
  const ann = await createPerson(database)
  const poll = await createPoll(box, ann)
  await box.submit({ pollId: poll.id, command: { by: ann, type: 'comment', body: 'Never mind' } })
  await box.submit({ pollId: poll.id, command: { by: ann, type: 'delete' } })
  clock.advance(30 * day - 1)
  await clean()
  expect(await isKept(poll)).toBe(true)
  clock.advance(1)
  await clean()
  expect(await isKept(poll)).toBe(false)
  expect(await database.prisma.event.count({ where: { pollId: poll.id } })).toBe(0)
  expect(await database.prisma.comment.count({ where: { pollId: poll.id } })).toBe(0)
})

test('a poll that was not deleted is kept at any age', async () => {
  const ann = await createPerson(database)
  const poll = await createPoll(box, ann)
  await box.submit({ pollId: poll.id, command: { by: ann, type: 'close' } })
  await box.submit({ pollId: poll.id, command: { by: ann, type: 'archive' } })
  clock.advance(5_000 * day)
  await clean()
  expect(await isKept(poll)).toBe(true)
})

test('responses stored under an Idempotency-Key are removed after a day', async () => {
  const ann = await createPerson(database)
  const poll = await createPoll(box, ann)
  await box.submitOnce({
    pollId: poll.id,
    command: { by: ann, type: 'comment', body: 'Once' },
    idempotency: { key: 'key', fingerprint: 'comment', answer: () => ({}) },
  })
  clock.advance(day - 1)
  await clean()
  expect(await database.prisma.idempotencyKey.count()).toBe(1)
  clock.advance(1)
  await clean()
  expect(await database.prisma.idempotencyKey.count()).toBe(0)
})

test('an unfinished sign-in is removed when it has expired', async () => {
  const expiresAt = new Date(clock.now().getTime() + 1)
  const pairing = { stateHash: Buffer.from('state'), browserHash: Buffer.from('browser'), purpose: {} }
  await database.prisma.pairing.create({ data: { ...pairing, createdAt: clock.now(), expiresAt } })
  await clean()
  expect(await database.prisma.pairing.count()).toBe(1)
  clock.advance(1)
  await clean()
  expect(await database.prisma.pairing.count()).toBe(0)
})

test('the token of a stranger is removed when it has expired', async () => {
  const expiresAt = new Date(clock.now().getTime() + 1)
  await database.prisma.spentToken.create({ data: { tokenHash: Buffer.from('token'), expiresAt } })
  await clean()
  expect(await database.prisma.spentToken.count()).toBe(1)
  clock.advance(1)
  await clean()
  expect(await database.prisma.spentToken.count()).toBe(0)
})
