import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import { grouped, startOf } from '../../src/polls/counting/ranked/ranked-ballots.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { type Reader, readerOf, StoredRankings } from '../../src/polls/rankings/stored-rankings.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { createPeople, createPerson, createPoll } from '../support/polls.ts'

let database: Database
let box: BallotBox
let people: PersonName[]

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, () => new Date())
  people = await createPeople(database, 40)
})

afterAll(() => database.close())

const options = ['A', 'B', 'C', 'D']
const newRanking = async () => createPoll(box, await createPerson(database), { method: 'ranked', options })
const submit = ({ id }: Poll, command: Command) => box.submit({ pollId: id, command })

/** A ranking of some options by each of these people, different for each seed. */
function rank(poll: Poll, voters: readonly PersonName[], seed: number) {
  return voters.map((by, voter) => {
    const from = (voter * 7 + seed) % poll.options.length
    const turned = [...poll.options.slice(from), ...poll.options.slice(0, from)].map(({ id }) => id)
    const ranking = turned.slice(0, 1 + ((voter + seed) % poll.options.length))
    return submit(poll, { by, type: 'castVote', choices: picks(...ranking) })
  })
}

/** The number of ballots by ranking. */
function read(stored: StoredRankings, { options }: Poll): Record<string, number> {
  const ids = options.map(({ id }) => id)
  const { codes, ends, weights } = grouped(ids.length, [stored.part(ids)])
  const rankings = [...ends].map((end, ranking) => codes.subarray(startOf({ ends }, ranking), end))
  return Object.fromEntries(
    rankings.map((ranking, index) => [[...ranking].map((code) => ids[code]).join(' '), weights[index] ?? 0]),
  )
}

async function inDatabase({ id }: Poll): Promise<Record<string, number>> {
  const ballots = await database.prisma.ballot.findMany({ where: { pollId: id, counted: true } })
  const byRanking = Map.groupBy(ballots, ({ choices }) => choices.join(' '))
  return Object.fromEntries([...byRanking].map(([ranking, { length }]) => [ranking, length]))
}

/** Runs `between` after each query that reads ballots. */
function interrupted(between: (query: number) => Promise<unknown>): Reader {
  const read = readerOf(database.prisma)
  let queries = 0
  return async <Row>(query: Parameters<Reader>[0]) => {
    const rows = await read<Row>(query)
    if (query.sql.includes('FROM ballots')) await between(++queries)
    return rows
  }
}

test('ballots that change between the parts in which they are read are all read at the last revision', async () => {
  const poll = await newRanking()
  await Promise.all(rank(poll, people.slice(0, 30), 0))
  const votes = async (query: number) => {
    if (query > 6) return
    await Promise.all(rank(poll, people.slice(query, query + 15), query))
    await submit(poll, { by: people[(query * 5) % 30] as PersonName, type: 'withdrawVote' })
    await Promise.all(rank(poll, people.slice(30, 31 + query), query))
  }
  const stored = await StoredRankings.load(interrupted(votes), poll, { ballots: 3 })
  expect(read(stored, poll)).toEqual(await inDatabase(poll))
})

test.each([
  ['before', [0, -1]],
  ['after', [-1, 0]],
] as const)(
  'ballots are read again if a guest’s one, %s that of the person, moves to another part',
  async (_, places) => {
    const poll = await newRanking()
    const voters = people.slice(0, 20).toSorted((one, other) => (one.id < other.id ? -1 : 1))
    const [guest, ada] = places.map((place) => voters.at(place)) as [PersonName, PersonName]
    await Promise.all(rank(poll, voters, 0))
    const merge = async (query: number) => {
      if (query === 2) await submit(poll, { by: ada, type: 'mergeGuest', guest })
    }
    const stored = await StoredRankings.load(interrupted(merge), poll, { ballots: 5 })
    expect(read(stored, poll)).toEqual(await inDatabase(poll))
  },
)

test('what was read once catches up with every kind of change, and stops where a new reading is cheaper', async () => {
  const poll = await newRanking()
  await Promise.all(rank(poll, people.slice(0, 10), 0))
  const reader = readerOf(database.prisma)
  const stored = await StoredRankings.load(reader, poll, { changes: 60 })
  const { version } = stored
  await submit(poll, { by: poll.createdBy, type: 'comment', body: 'Exciting.' })
  expect([await stored.catchUp(reader), stored.version]).toEqual([true, version])

  await Promise.all(rank(poll, people.slice(5, 15), 1))
  await submit(poll, { by: people[0] as PersonName, type: 'withdrawVote' })
  await submit(poll, { by: poll.createdBy, type: 'addOption', option: { id: 'eeeeeeeeeeee', title: 'E' } })
  await submit(poll, { by: people[20] as PersonName, type: 'castVote', choices: picks('eeeeeeeeeeee') })
  await submit(poll, { by: people[1] as PersonName, type: 'mergeGuest', guest: people[2] as PersonName })
  await submit(poll, { by: poll.createdBy, type: 'edit', votersSignedIn: true })
  const signedIn = {
    by: people[30] as PersonName,
    type: 'castVote',
    choices: picks('eeeeeeeeeeee'),
    isSignedIn: true,
  } as const
  const { poll: now } = await submit(poll, signedIn)
  expect([await stored.catchUp(reader), stored.revision]).toEqual([true, now.revision])
  expect(read(stored, now)).toEqual({ eeeeeeeeeeee: 1 })
  await submit(poll, { by: poll.createdBy, type: 'edit', votersSignedIn: false })
  expect(await stored.catchUp(reader)).toBe(true)
  expect(read(stored, now)).toEqual(await inDatabase(poll))

  for (const seed of [2, 3, 4]) await Promise.all(rank(poll, people.slice(0, 15), seed))
  expect(await stored.catchUp(reader)).toBe(false)
})
