import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { Refusal } from '../../src/errors.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import { newPollId } from '../../src/polls/model/ids.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { RankingCounter } from '../../src/polls/rankings/ranking-counter.ts'
import { minute, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { createPeople, createPerson, createPoll, creation, expectConsistent } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox
let queries: PollQueries
let people: PersonName[]

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
  queries = new PollQueries(database.prisma)
  people = await createPeople(database, 5)
})

afterAll(() => database.close())

const submit = ({ id }: Poll, command: Command) => box.submit({ pollId: id, command })
const stored = async ({ id }: Poll) => (await queries.view(id)).poll
const newRanking = async (closesAt?: Date) =>
  createPoll(box, await createPerson(database), { method: 'ranked', options: ['A', 'B', 'C'], closesAt })

function rank({ options }: Poll, by: PersonName | undefined, ...places: number[]): Command {
  if (!by) throw new RangeError('There are only so many people.')
  return { by, type: 'castVote', choices: picks(...places.map((place) => options[place]?.id)) }
}

/** C wins the runoff by B's second choices, though A is first as often. */
async function voted(poll: Poll): Promise<void> {
  const rankings = [[0], [0, 1], [1, 2], [2], [2, 0]]
  await Promise.all(rankings.map((places, voter) => submit(poll, rank(poll, people[voter], ...places))))
}

test('the first command after its closing time closes and counts the poll', async () => {
  const poll = await newRanking(new Date(clock.now().getTime() + minute))
  await voted(poll)
  clock.advance(minute)
  await submit(poll, { by: poll.createdBy, type: 'comment', body: 'Too late?' })
  const outcome = { kind: 'winner', options: [poll.options[2]?.id], votes: 3 }
  expect(await stored(poll)).toMatchObject({ status: 'closed', outcome })
  await expectConsistent(database, poll.id)
})

test('votes in the batch of the closing count by their order', async () => {
  const poll = await newRanking()
  const [before, closing, after] = await Promise.allSettled([
    submit(poll, rank(poll, people[0], 1, 0)),
    submit(poll, { by: poll.createdBy, type: 'close' }),
    submit(poll, rank(poll, people[1], 0)),
  ])
  expect([before.status, closing.status, after.status]).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect((await stored(poll)).outcome).toEqual({ kind: 'winner', options: [poll.options[1]?.id], votes: 1 })
  await expectConsistent(database, poll.id)
})

test('a poll created, voted in and closed within one batch has its outcome', async () => {
  const by = await createPerson(database)
  const [pollId, command] = [newPollId(), creation(by, { method: 'ranked' })]
  const [first, second] = command.options
  await Promise.all([
    box.submit({ pollId, command }),
    box.submit({ pollId, command: { by, type: 'castVote', choices: picks(second?.id, first?.id) } }),
    box.submit({ pollId, command: { by, type: 'close' } }),
  ])
  expect((await queries.view(pollId)).poll.outcome).toEqual({ kind: 'winner', options: [second?.id], votes: 1 })
  await expectConsistent(database, pollId)
})

test('a reopened poll has no outcome until it is closed again', async () => {
  const poll = await newRanking()
  await voted(poll)
  await submit(poll, { by: poll.createdBy, type: 'close' })
  await submit(poll, { by: poll.createdBy, type: 'reopen' })
  expect((await stored(poll)).outcome).toBeNull()
  await submit(poll, rank(poll, people[2], 0))
  await submit(poll, { by: poll.createdBy, type: 'close' })
  expect((await stored(poll)).outcome).toMatchObject({ kind: 'winner', options: [poll.options[0]?.id] })
  await expectConsistent(database, poll.id)
})

test('a guest who signs in after voting twice has one ranking, also in a closed poll', async () => {
  const poll = await newRanking()
  const [mai, guest] = (await createPeople(database, 2)) as [PersonName, PersonName]
  await submit(poll, rank(poll, mai, 0))
  await submit(poll, rank(poll, guest, 1, 2))
  await submit(poll, { by: poll.createdBy, type: 'close' })
  expect((await stored(poll)).outcome).toMatchObject({ kind: 'tie' })
  await submit(poll, { by: mai, type: 'mergeGuest', guest })
  expect((await stored(poll)).outcome).toEqual({ kind: 'winner', options: [poll.options[1]?.id], votes: 1 })
  await expectConsistent(database, poll.id)
})

test('ballots of guests that are set aside do not count', async () => {
  const poll = await newRanking()
  await voted(poll)
  await submit(poll, { by: poll.createdBy, type: 'edit', votersSignedIn: true })
  await submit(poll, { ...rank(poll, people[4], 1), isSignedIn: true } as Command)
  await submit(poll, { by: poll.createdBy, type: 'close' })
  expect((await stored(poll)).outcome).toEqual({ kind: 'winner', options: [poll.options[1]?.id], votes: 1 })
  await expectConsistent(database, poll.id)
})

test('the last expected voters may be guests whose ballots count again', async () => {
  const by = await createPerson(database)
  const poll = await createPoll(box, by, { method: 'ranked', options: ['A', 'B', 'C'], electorate: 5 })
  await Promise.all([0, 1, 2, 3].map((voter) => submit(poll, rank(poll, people[voter], voter % 3))))
  await submit(poll, { by, type: 'edit', votersSignedIn: true })
  await submit(poll, { ...rank(poll, people[4], 1), isSignedIn: true } as Command)
  await submit(poll, { by, type: 'edit', votersSignedIn: false })
  expect(await stored(poll)).toMatchObject({ status: 'closed', totalVotes: 5, outcome: { kind: 'tie' } })
  await expectConsistent(database, poll.id)
})

test('all ballots are read once for any number of readers, and later only what has changed', async () => {
  const poll = await newRanking()
  await voted(poll)
  const asked = vi.spyOn(database.prisma, '$queryRaw')
  const readsOf = (part: string) => asked.mock.calls.filter(([query]) => JSON.stringify(query).includes(part)).length
  const counts = new RankingCounter(database.prisma)
  const now = await stored(poll)
  asked.mockClear()
  const [one, other] = await Promise.all([counts.of(now), counts.of(now)])
  expect([one?.instantRunoff.winners, other]).toEqual([[poll.options[2]?.id], one])
  await counts.of(now)
  expect(readsOf('person_id AS key')).toBe(1)

  await submit(poll, { by: poll.createdBy, type: 'comment', body: 'Exciting.' })
  expect(await counts.of(await stored(poll))).toBe(one)
  await submit(poll, rank(poll, people[0], 1))
  await submit(poll, { by: people[3] as PersonName, type: 'withdrawVote' })
  const changed = await counts.of(await stored(poll))
  expect(changed?.instantRunoff.rounds[0]?.votes).toEqual(votesOf(poll, 1, 2, 1))
  expect(readsOf('person_id AS key')).toBe(1)
  asked.mockRestore()
})

const votesOf = ({ options }: Poll, ...votes: number[]) =>
  Object.fromEntries(options.map(({ id }, place) => [id, votes[place]]))

test('a vote by another process while a ranking is counted for its closing is in the outcome', async () => {
  const poll = await newRanking()
  await voted(poll)
  const others = new BallotBox(database, clock.now)
  const counter = new RankingCounter(database.prisma)
  const withChanges = counter.withChanges.bind(counter)
  const counting = vi.spyOn(counter, 'withChanges').mockImplementation(async (asked, tx) => {
    const count = await withChanges(asked, tx)
    if (!tx) await others.submit({ pollId: poll.id, command: rank(poll, people[3], 0) })
    return count
  })
  const closing = new BallotBox(database, clock.now, undefined, undefined, { counter })
  await closing.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'close' } })
  expect((await stored(poll)).outcome).toEqual({ kind: 'winner', options: [poll.options[0]?.id], votes: 3 })
  expect(counting.mock.calls.map(([, tx]) => tx !== undefined)).toEqual([false, true])
  await expectConsistent(database, poll.id)
})

test('while a ranking is counted for its closing, votes in other polls are stored, and its commands wait', async () => {
  const poll = await newRanking()
  await voted(poll)
  const other = await newRanking()
  const counter = new RankingCounter(database.prisma)
  const withChanges = counter.withChanges.bind(counter)
  const { promise: counted, resolve: count } = Promise.withResolvers<void>()
  vi.spyOn(counter, 'withChanges').mockImplementationOnce((...asked) => counted.then(() => withChanges(...asked)))
  const closing = new BallotBox(database, clock.now, undefined, undefined, { counter })
  const inBoth = [poll, other].map(({ id, createdBy: by }) =>
    closing.submit({ pollId: id, command: { by, type: 'comment', body: 'Hurry.' } }),
  )
  const closed = closing.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'close' } })
  await inBoth[1]
  const late = closing.submit({ pollId: poll.id, command: rank(poll, people[0], 1) })
  await closing.submit({ pollId: other.id, command: rank(other, people[0], 1) })
  expect(await stored(poll)).toMatchObject({ status: 'open', totalComments: 0 })
  expect(closing.waiting).toBe(3)
  count()
  expect((await closed).poll).toMatchObject({ status: 'closed', totalComments: 1 })
  await expect(late).rejects.toMatchObject({ code: 'poll_closed' })
  await closing.settled()
  await expectConsistent(database, poll.id)
})

test('a closing whose count fails is refused and leaves the poll open', async () => {
  const poll = await newRanking()
  await voted(poll)
  const counter = new RankingCounter(database.prisma)
  const busy = new Refusal('unavailable', 'Busy.')
  vi.spyOn(counter, 'withChanges').mockRejectedValueOnce(busy)
  const closing = new BallotBox(database, clock.now, undefined, undefined, { counter })
  const close = () => closing.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'close' } })
  await expect(close()).rejects.toBe(busy)
  expect((await stored(poll)).status).toBe('open')
  await close()
  expect((await stored(poll)).status).toBe('closed')
})
