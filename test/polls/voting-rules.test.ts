import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { PollEvent } from '../../src/polls/model/events.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { castVote } from '../support/cast-vote.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { type Asked, createPeople, createPerson, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox
let other: BallotBox
let queries: PollQueries
let people: PersonName[]

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
  other = new BallotBox(database, clock.now)
  queries = new PollQueries(database.prisma)
  people = await createPeople(database, 30)
})

afterAll(() => database.close())

const newPoll = async (asked: Asked) => createPoll(box, await createPerson(database), asked)
const submit = ({ id }: Poll, command: Command) => box.submit({ pollId: id, command })
const stored = async ({ id }: Poll) => (await queries.view(id)).poll
const votes = async (poll: Poll) => (await stored(poll)).options.map((option) => option.votes)
const person = (place: number) => people[place] ?? { id: '', name: '' }
const vote = (poll: Poll, voter: number, ...places: number[]): Command => ({
  by: person(voter),
  type: 'castVote',
  choices: picks(...places.map((place) => poll.options[place]?.id)),
})
const closings = async ({ id }: Poll): Promise<PollEvent[]> =>
  (await queries.events(id, { limit: 1_000 })).filter(({ facts }) => facts.type === 'closed')

describe('with final votes', () => {
  test('a vote cannot be changed or withdrawn; repeated, it is the same', async () => {
    const poll = await newPoll({ votesFinal: true })
    await submit(poll, vote(poll, 0, 1))
    expect(await refusalOf(submit(poll, vote(poll, 0, 2)))).toBe('vote_final')
    expect(await refusalOf(submit(poll, { by: person(0), type: 'withdrawVote' }))).toBe('vote_final')
    expect((await submit(poll, vote(poll, 0, 1))).events).toEqual([])
    expect((await submit(poll, { by: person(1), type: 'withdrawVote' })).events).toEqual([])
    expect(await votes(poll)).toEqual([0, 1, 0])
    await expectConsistent(database, poll.id)
  })

  test('a multiple choice allows more choices, and withdraws none', async () => {
    const poll = await newPoll({ votesFinal: true, method: 'multiple_choice' })
    await submit(poll, vote(poll, 0, 1))
    await submit(poll, vote(poll, 0, 0, 1))
    expect(await refusalOf(submit(poll, vote(poll, 0, 0)))).toBe('vote_final')
    const optionId = poll.options[1]?.id ?? ''
    const takeBack = { by: person(0), type: 'chooseOption', optionId, isChosen: false } as const
    expect(await refusalOf(submit(poll, takeBack))).toBe('vote_final')
    expect(await votes(poll)).toEqual([1, 1, 0])
    await expectConsistent(database, poll.id)
  })

  test('a ranking allows more options at its end', async () => {
    const poll = await newPoll({ votesFinal: true, method: 'ranked' })
    await submit(poll, vote(poll, 0, 2))
    await submit(poll, vote(poll, 0, 2, 0))
    for (const changed of [[0, 2], [2], [2, 1, 0]]) {
      expect(await refusalOf(submit(poll, vote(poll, 0, ...changed)))).toBe('vote_final')
    }
    await expectConsistent(database, poll.id)
  })

  test('points stay, and a new option can get some', async () => {
    const poll = await newPoll({ votesFinal: true, method: 'score' })
    const [a = '', b = ''] = poll.options.map(({ id }) => id)
    const give = (...choices: string[]) => submit(poll, { by: person(0), type: 'castVote', choices: picks(...choices) })
    await give(`${a}=3`)
    expect(await refusalOf(give(`${a}=4`))).toBe('vote_final')
    await give(`${a}=3`, `${b}=5`)
    expect(await votes(poll)).toEqual([3, 5, 0])
  })
})

describe('with a maximum of votes per option', () => {
  test('of many simultaneous votes in two processes exactly one gets the last place', async () => {
    const poll = await newPoll({ capacity: 3 })
    const codes = await Promise.all(
      people.map(({ id, name }, voter) =>
        refusalOf(
          (voter % 2 ? box : other).submit({ pollId: poll.id, command: castVote(poll, { id, name }, 1) }),
        ).catch(() => 'voted'),
      ),
    )
    expect(codes.filter((code) => code === 'voted')).toHaveLength(3)
    expect(codes.filter((code) => code === 'option_full')).toHaveLength(people.length - 3)
    expect(await votes(poll)).toEqual([0, 3, 0])
    await expectConsistent(database, poll.id)
  })

  test('a voter keeps the place, and a withdrawn vote frees it', async () => {
    const poll = await newPoll({ capacity: 1 })
    await submit(poll, vote(poll, 0, 0))
    expect((await submit(poll, vote(poll, 0, 0))).events).toEqual([])
    await submit(poll, vote(poll, 1, 1))
    expect(await refusalOf(submit(poll, vote(poll, 1, 0)))).toBe('option_full')
    expect(await votes(poll)).toEqual([1, 1, 0])
    await submit(poll, vote(poll, 0, 2))
    await submit(poll, vote(poll, 1, 0))
    expect(await votes(poll)).toEqual([1, 0, 1])
    await expectConsistent(database, poll.id)
  })

  test('a multiple choice uses a place of each chosen option', async () => {
    const poll = await newPoll({ capacity: 1, method: 'multiple_choice' })
    await submit(poll, vote(poll, 0, 0, 1))
    expect(await refusalOf(submit(poll, vote(poll, 1, 1, 2)))).toBe('option_full')
    await submit(poll, vote(poll, 1, 2))
    expect(await votes(poll)).toEqual([1, 1, 1])
  })

  test('the voters cannot be changed after the first vote', async () => {
    const poll = await newPoll({ capacity: 2 })
    const limit = { by: poll.createdBy, type: 'edit', votersSignedIn: true } as const
    await submit(poll, vote(poll, 0, 0))
    expect(await refusalOf(submit(poll, limit))).toBe('poll_has_votes')
    await submit(poll, { by: person(0), type: 'withdrawVote' })
    expect((await submit(poll, limit)).events).toHaveLength(1)
  })

  test('two merged ballots use one place', async () => {
    const poll = await newPoll({ capacity: 2 })
    await submit(poll, vote(poll, 0, 0))
    await submit(poll, vote(poll, 1, 0))
    await submit(poll, { by: person(0), type: 'mergeGuest', guest: person(1) })
    await submit(poll, vote(poll, 2, 0))
    expect(await votes(poll)).toEqual([2, 0, 0])
    await expectConsistent(database, poll.id)
  })
})

describe('with expected voters', () => {
  test.each(['single_choice', 'multiple_choice', 'ranked'] as const)(
    'a %s closes with the last vote, once, by any voter',
    async (method) => {
      const poll = await newPoll({ electorate: 10, method })
      const codes = await Promise.all(
        people.map((by, voter) =>
          refusalOf(
            (voter % 2 ? box : other).submit({ pollId: poll.id, command: castVote(poll, by, voter % 3) }),
          ).catch(() => 'voted'),
        ),
      )
      expect(codes.filter((code) => code === 'voted')).toHaveLength(10)
      expect(codes.filter((code) => code === 'poll_closed')).toHaveLength(people.length - 10)
      const told = { actor: poll.createdBy, facts: { early: 'all_voted', outcome: { kind: expect.any(String) } } }
      expect(await closings(poll)).toMatchObject([told])
      expect(await stored(poll)).toMatchObject({ status: 'closed', totalVotes: 10 })
      await expectConsistent(database, poll.id)
    },
  )

  test('a poll with changeable votes stays open with any lead', async () => {
    const poll = await newPoll({ electorate: 5 })
    for (const voter of [0, 1, 2, 3]) await submit(poll, vote(poll, voter, 0))
    expect((await stored(poll)).status).toBe('open')
  })

  test('a poll with final votes closes once the remaining votes cannot change the result', async () => {
    const poll = await newPoll({ electorate: 6, votesFinal: true })
    for (const [voter, place] of [0, 1, 0, 0].entries()) await submit(poll, vote(poll, voter, place))
    // 3 to 1 with two to come: they could make it a tie.
    expect((await stored(poll)).status).toBe('open')
    await submit(poll, vote(poll, 4, 0))
    expect(await closings(poll)).toMatchObject([
      { facts: { early: 'decided', outcome: { kind: 'winner', options: [poll.options[0]?.id], votes: 4 } } },
    ])
    await expectConsistent(database, poll.id)
  })

  test('a poll stays open before the quorum', async () => {
    const poll = await newPoll({ electorate: 4, quorum: 4, votesFinal: true })
    for (const voter of [0, 1, 2]) await submit(poll, vote(poll, voter, 0))
    expect((await stored(poll)).status).toBe('open')
    await submit(poll, vote(poll, 3, 1))
    expect(await closings(poll)).toMatchObject([{ facts: { early: 'all_voted' } }])
  })

  test('a reopened poll stays open until a person closes it', async () => {
    const poll = await newPoll({ electorate: 1 })
    await submit(poll, vote(poll, 0, 0))
    await submit(poll, { by: poll.createdBy, type: 'reopen' })
    await submit(poll, vote(poll, 1, 0))
    expect(await stored(poll)).toMatchObject({ status: 'open', totalVotes: 2, electorate: null })
    await expectConsistent(database, poll.id)
  })
})
