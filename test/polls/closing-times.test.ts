import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { PollEvent } from '../../src/polls/model/events.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { castVote } from '../support/cast-vote.ts'
import { hour, minute, second, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPerson, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox
let queries: PollQueries

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
  queries = new PollQueries(database.prisma)
})

afterAll(() => database.close())

async function closingIn(ms: number): Promise<Poll> {
  return createPoll(box, await createPerson(database), { closesAt: new Date(clock.now().getTime() + ms) })
}

const submit = ({ id }: Poll, command: Command) => box.submit({ pollId: id, command })
const stored = async ({ id }: Poll) => (await queries.view(id)).poll
const closings = async ({ id }: Poll): Promise<PollEvent[]> =>
  (await queries.events(id, { limit: 1_000 })).filter(({ facts }) => facts.type === 'closed')

test('a poll is stored with its closing time', async () => {
  const poll = await closingIn(hour)
  expect((await stored(poll)).closesAt).toEqual(new Date(clock.now().getTime() + hour))
  await expectConsistent(database, poll.id)
})

test('a vote counts until the millisecond before the closing time', async () => {
  const poll = await closingIn(minute)
  const [early = poll.createdBy, late = poll.createdBy] = await createPeople(database, 2)
  clock.advance(minute - 1)
  await submit(poll, castVote(poll, early))
  clock.advance(1)
  expect(await refusalOf(submit(poll, castVote(poll, late)))).toBe('poll_closed')
  expect(await stored(poll)).toMatchObject({ status: 'closed', totalVotes: 1, closedAt: poll.closesAt })
})

test('a poll read late closed at its time, by its creator, with the count of that time', async () => {
  const poll = await closingIn(minute)
  await submit(poll, castVote(poll, poll.createdBy))
  clock.advance(hour)
  expect(await refusalOf(submit(poll, castVote(poll, poll.createdBy, 1)))).toBe('poll_closed')
  const closed = { at: poll.closesAt, actor: poll.createdBy, facts: { type: 'closed', onTime: true } }
  expect(await closings(poll)).toMatchObject([closed])
  await expectConsistent(database, poll.id)
})

test('the first of many commands after its time closes the poll, and no other', async () => {
  const poll = await closingIn(second)
  const people = await createPeople(database, 30)
  const boxes = [box, new BallotBox(database, clock.now)]
  clock.advance(second)
  const codes = people.flatMap((by) =>
    boxes.map((one) => refusalOf(one.submit({ pollId: poll.id, command: castVote(poll, by) }))),
  )
  expect(new Set(await Promise.all(codes))).toEqual(new Set(['poll_closed']))
  expect(await closings(poll)).toHaveLength(1)
  expect(await stored(poll)).toMatchObject({ revision: 2, totalVotes: 0 })
  await expectConsistent(database, poll.id)
})

test('comments remain possible, and are in the log after the closing', async () => {
  const poll = await closingIn(second)
  clock.advance(second)
  await submit(poll, { by: poll.createdBy, type: 'comment', body: 'Too late?' })
  const types = (await queries.events(poll.id, { limit: 10 })).map(({ facts }) => facts.type)
  expect(types).toEqual(['created', 'closed', 'commented'])
})

test('a job for an old closing time changes nothing', async () => {
  const poll = await closingIn(minute)
  const closesAt = new Date(clock.now().getTime() + hour).toISOString()
  await submit(poll, { by: poll.createdBy, type: 'edit', closesAt })
  clock.advance(minute)
  const { events } = await submit(poll, { by: poll.createdBy, type: 'closeOnTime' })
  expect(events).toEqual([])
  expect(await stored(poll)).toMatchObject({ status: 'open' })
})

test('a poll that is reopened after its time stays open until a person closes it', async () => {
  const poll = await closingIn(second)
  clock.advance(second)
  await submit(poll, { by: poll.createdBy, type: 'reopen' })
  clock.advance(hour)
  await submit(poll, castVote(poll, poll.createdBy))
  expect(await stored(poll)).toMatchObject({ status: 'open', closesAt: null, totalVotes: 1 })
  await expectConsistent(database, poll.id)
})

test('a poll that is closed and reopened before its time still closes on time', async () => {
  const poll = await closingIn(minute)
  await submit(poll, { by: poll.createdBy, type: 'close' })
  await submit(poll, { by: poll.createdBy, type: 'reopen' })
  clock.advance(minute)
  expect(await refusalOf(submit(poll, castVote(poll, poll.createdBy)))).toBe('poll_closed')
  expect(await closings(poll)).toHaveLength(2)
})
