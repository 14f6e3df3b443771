import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { Refusal } from '../../src/errors.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import { newPollId } from '../../src/polls/model/ids.ts'
import { day, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPerson, createPoll, creation, expectConsistent, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox
let keys = 0

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
})

afterAll(() => database.close())

const freshKey = () => `key-${++keys}`

/** Creates a poll like a request with this Idempotency-Key. Returns the poll's id and revision. */
function createOnce(by: PersonName, key: string, { through = box, fingerprint = 'POST /api/polls' } = {}) {
  return through.submitOnce({
    pollId: newPollId(),
    command: creation(by),
    idempotency: { key, fingerprint, answer: ({ poll }) => ({ id: poll.id, revision: poll.revision }) },
  })
}

const pollsOf = (person: PersonName) => database.prisma.poll.findMany({ where: { createdById: person.id } })

test('the first request with a key gets a usual response', async () => {
  const ann = await createPerson(database)
  const answer = await createOnce(ann, freshKey())
  const [poll] = await pollsOf(ann)
  expect(answer).toEqual({ id: poll?.id, revision: 1 })
})

test('the same key gives the same response, and does nothing again', async () => {
  const ann = await createPerson(database)
  const key = freshKey()
  const first = await createOnce(ann, key)
  expect(await createOnce(ann, key)).toEqual(first)
  expect(await pollsOf(ann)).toHaveLength(1)
})

test('the same key in the same batch counts once', async () => {
  const ann = await createPerson(database)
  const key = freshKey()
  const answers = await Promise.all([createOnce(ann, key), createOnce(ann, key), createOnce(ann, key)])
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(await pollsOf(ann)).toHaveLength(1)
})

test('a repeated comment counts once', async () => {
  const ann = await createPerson(database)
  const poll = await createPoll(box, ann)
  const key = freshKey()
  const comment = () =>
    box.submitOnce({
      pollId: poll.id,
      command: { by: ann, type: 'comment', body: 'Hello' },
      idempotency: { key, fingerprint: 'comment', answer: ({ events }) => ({ revision: events[0]?.revision }) },
    })
  expect([await comment(), await comment()]).toEqual([{ revision: 2 }, { revision: 2 }])
  expect(await database.prisma.comment.count({ where: { pollId: poll.id } })).toBe(1)
  await expectConsistent(database, poll.id)
})

test('the same key for another request is refused', async () => {
  const ann = await createPerson(database)
  const key = freshKey()
  await createOnce(ann, key)
  const other = createOnce(ann, key, { fingerprint: 'something else' })
  expect(await refusalOf(other)).toBe('idempotency_key_reused')
  expect(await pollsOf(ann)).toHaveLength(1)
})

test('the same key of another person is another key', async () => {
  const [ann, bob] = (await createPeople(database, 2)) as [PersonName, PersonName]
  const key = freshKey()
  expect(await createOnce(ann, key)).not.toEqual(await createOnce(bob, key))
  expect(await pollsOf(bob)).toHaveLength(1)
})

test('a refused request does not use up its key', async () => {
  const ann = await createPerson(database)
  const key = freshKey()
  const command = { by: ann, type: 'comment', body: 'Hello' } as const
  const idempotency = { key, fingerprint: 'POST /api/polls', answer: () => ({}) }
  expect(await refusalOf(box.submitOnce({ pollId: newPollId(), command, idempotency }))).toBe('not_found')
  expect(await createOnce(ann, key)).toMatchObject({ revision: 1 })
})

test('a refused request with stored refusals keeps its response', async () => {
  const ann = await createPerson(database)
  const poll = await createPoll(box, ann)
  const withdraw = { by: ann, type: 'withdrawVote' } as const
  const key = freshKey()
  const idempotency = { key, fingerprint: 'x', answer: () => 'done', refused: ({ code }: Refusal) => code }
  const send = () => box.submitOnce({ pollId: poll.id, command: withdraw, idempotency })
  await box.submit({ pollId: poll.id, command: { by: ann, type: 'close' } })
  expect(await send()).toBe('poll_closed')
  await box.submit({ pollId: poll.id, command: { by: ann, type: 'reopen' } })
  expect(await send()).toBe('poll_closed')
  expect(await Promise.all([send(), send()])).toEqual(['poll_closed', 'poll_closed'])
})

test('a key expires after a day', async () => {
  const ann = await createPerson(database)
  const key = freshKey()
  const first = await createOnce(ann, key)
  clock.advance(day - 1)
  expect(await createOnce(ann, key)).toEqual(first)
  clock.advance(1)
  const second = await createOnce(ann, key, { fingerprint: 'something else' })
  expect(second).not.toEqual(first)
  expect(await createOnce(ann, key, { fingerprint: 'something else' })).toEqual(second)
  expect(await pollsOf(ann)).toHaveLength(2)
})

test('two processes with the same key at once act once and give the same response', async () => {
  const ann = await createPerson(database)
  const other = new BallotBox(database, clock.now)
  for (let round = 1; round <= 20; round++) {
    const key = freshKey()
    const [one, two] = await Promise.all([createOnce(ann, key), createOnce(ann, key, { through: other })])
    expect(one).toEqual(two)
    expect(await pollsOf(ann)).toHaveLength(round)
  }
})
