import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { newId } from '../../src/people/model/ids.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotEncryption } from '../../src/polls/anonymous/encryption.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { type AnonymousVoter, anonymousVote, anonymousVoter } from '../support/anonymous-votes.ts'
import { castVote } from '../support/cast-vote.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { type Asked, createPerson, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

const encryption = new BallotEncryption([Buffer.alloc(32, 1)])
const clock = new TestClock()
let database: Database
let box: BallotBox
let other: BallotBox
let queries: PollQueries
let ada: PersonName
let bob: PersonName
let creator: PersonName

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now, undefined, undefined, { encryption })
  other = new BallotBox(database, clock.now)
  queries = new PollQueries(database.prisma)
  creator = await createPerson(database)
  ada = await named('Ada')
  bob = await named('Bob')
})

afterAll(() => database.close())

async function named(name: string, email?: string): Promise<PersonName> {
  const id = newId()
  await database.prisma.person.create({ data: { id, name, createdAt: clock.now() } })
  if (email) {
    const account = { chat: 'flowdock', accountId: id, name, email, sees: [], linkedAt: clock.now() }
    await database.prisma.chatAccount.create({ data: { ...account, personId: id } })
  }
  return { id, name }
}

const newPoll = (roll: string[], asked: Asked = {}) => createPoll(box, creator, { roll, ...asked })
const submit = ({ id }: Poll, command: Command) => box.submit({ pollId: id, command })
const stored = async ({ id }: Poll) => (await queries.view(id)).poll
const roll = async (poll: Poll) =>
  (await queries.voterList(await stored(poll), creator)).map(({ name, hasVoted }) => [name, hasVoted])

describe('with a voter list', () => {
  test('voters match in any spelling, and the last of them closes the poll', async () => {
    const poll = await newPoll(['ADA', 'Bob '])
    expect(poll).toMatchObject({ hasRoll: true, electorate: 2 })
    await submit(poll, castVote(poll, ada, 1))
    expect(await roll(poll)).toEqual([
      ['ADA', true],
      ['Bob ', false],
    ])
    const { events } = await submit(poll, castVote(poll, bob, 1))
    expect(events.at(-1)?.facts).toMatchObject({ type: 'voted' })
    expect(await stored(poll)).toMatchObject({ status: 'closed', totalVotes: 2 })
    await expectConsistent(database, poll.id)
  })

  test('nobody else votes', async () => {
    const poll = await newPoll(['Ada', 'Bob'])
    const eve = await named('Eve')
    expect(await refusalOf(submit(poll, castVote(poll, eve)))).toBe('not_on_roll')
    expect(await refusalOf(submit(poll, castVote(poll, creator)))).toBe('not_on_roll')
  })

  test('two people with one name do not both vote as it, even in two processes at once', async () => {
    const poll = await newPoll(['Ada', 'Bob'])
    const another = await named('ada')
    const outcomes = await Promise.allSettled([
      submit(poll, castVote(poll, ada, 0)),
      other.submit({ pollId: poll.id, command: castVote(poll, another, 1) }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await stored(poll)).toMatchObject({ status: 'open', totalVotes: 1 })
  })

  test('two people with similar names have an entry each', async () => {
    const poll = await newPoll(['Ada', 'ada@example.org'])
    const second = await named('Ada', 'ADA@example.org')
    await submit(poll, castVote(poll, ada, 0))
    await submit(poll, castVote(poll, second, 0))
    expect(await stored(poll)).toMatchObject({ status: 'closed', totalVotes: 2 })
  })

  test('an address matches an account, and not a guest’s name', async () => {
    const poll = await newPoll(['eve@example.org', 'Ada'])
    const impostor = await named('eve@example.org')
    expect(await refusalOf(submit(poll, castVote(poll, impostor)))).toBe('not_on_roll')
    const eve = await named('Anything', 'Eve@Example.org')
    await submit(poll, castVote(poll, eve))
    expect(await roll(poll)).toEqual([
      ['eve@example.org', true],
      ['Ada', false],
    ])
  })

  test('a voter can change the vote under another name, and a withdrawal frees the entry', async () => {
    const poll = await newPoll(['Ada', 'Bob', 'Cem'])
    await submit(poll, castVote(poll, ada, 0))
    const renamed = { ...ada, name: 'Ada Lovelace' }
    await submit(poll, castVote(poll, renamed, 1))
    await submit(poll, { by: renamed, type: 'withdrawVote' })
    expect(await roll(poll)).toEqual([
      ['Ada', false],
      ['Bob', false],
      ['Cem', false],
    ])
    await submit(poll, castVote(poll, await named('Ada'), 2))
    expect(await refusalOf(submit(poll, castVote(poll, ada, 0)))).toBe('not_on_roll')
    await expectConsistent(database, poll.id)
  })

  test('a guest who signs in as another person passes the entry on, or frees it', async () => {
    const poll = await newPoll(['Ada', 'Bob', 'Cem'])
    const person = await named('Somebody')
    await submit(poll, castVote(poll, ada, 0))
    await submit(poll, { by: person, type: 'mergeGuest', guest: ada })
    expect(await roll(poll)).toEqual([
      ['Ada', true],
      ['Bob', false],
      ['Cem', false],
    ])
    await submit(poll, castVote(poll, bob, 1))
    await submit(poll, { by: person, type: 'mergeGuest', guest: bob })
    expect(await roll(poll)).toEqual([
      ['Ada', true],
      ['Bob', false],
      ['Cem', false],
    ])
    expect((await stored(poll)).totalVotes).toBe(1)
  })

  test('a refused vote uses no entry', async () => {
    const poll = await newPoll(['Ada', 'Bob'])
    expect(await refusalOf(submit(poll, castVote(poll, ada, 9)))).toBe('unknown_option')
    expect(await roll(poll)).toEqual([
      ['Ada', false],
      ['Bob', false],
    ])
  })

  test('the log contains no names and addresses of voters', async () => {
    const poll = await newPoll(['Ada', 'eve@example.org'])
    await submit(poll, castVote(poll, ada))
    const events = await queries.events(poll.id, { limit: 10 })
    expect(JSON.stringify(events)).not.toContain('eve@')
    expect(await refusalOf(queries.voterList(await stored(poll), ada))).toBe('forbidden')
  })

  test('an anonymous poll does not show who has voted', async () => {
    const poll = await newPoll(['Ada', 'Bob', 'Cem'], { anonymous: true })
    const voters = [ada, bob, await named('Cem')].map(anonymousVoter)
    await submit(poll, anonymousVote(poll, voters[0] as never, 1))
    expect(await roll(poll)).toEqual([
      ['Ada', null],
      ['Bob', null],
      ['Cem', null],
    ])
    for (const voter of voters.slice(1)) await submit(poll, anonymousVote(poll, voter, 1))
    expect(await stored(poll)).toMatchObject({ status: 'closed', options: [{ votes: 0 }, { votes: 3 }, { votes: 0 }] })
  })

  describe('in an anonymous poll, a stranger cannot find out who has voted:', () => {
    let poll: Poll
    let voter: AnonymousVoter

    beforeAll(async () => {
      poll = await newPoll(['Ada', 'Bob', 'Mona'], { anonymous: true })
      await submit(poll, anonymousVote(poll, anonymousVoter(ada), 1))
      voter = anonymousVoter(await named('Mona'))
      await submit(poll, anonymousVote(poll, voter, 1))
    })

    /** The answer to a stranger with this name. */
    async function told(name: string, ask: (stranger: PersonName) => Command): Promise<unknown> {
      const stranger = await named(name)
      return submit(poll, ask(stranger)).then(
        ({ events, choices, hasVoted }) => ({ events, choices, hasVoted }),
        ({ code, message }) => ({ code, message: message.replaceAll(name, 'the stranger') }),
      )
    }

    test.each<[string, (stranger: PersonName) => Command]>([
      ['by a vote for what is no option', (stranger) => anonymousVote(poll, anonymousVoter(stranger), 9)],
      ['by a vote for nothing', (stranger) => ({ ...anonymousVote(poll, anonymousVoter(stranger)), choices: [] })],
      ['by a vote for too much', (stranger) => anonymousVote(poll, anonymousVoter(stranger), 0, 1)],
      ['by a vote without a receipt', (stranger) => castVote(poll, stranger)],
      [
        'by a vote from a page of long ago',
        (stranger) => ({ ...anonymousVote(poll, anonymousVoter(stranger), 1), ifRevision: 1 }),
      ],
      ['by a change of their own ballot', (stranger) => anonymousVote(poll, { ...voter, ...stranger }, 2)],
      ['by the removal of a vote', (stranger) => ({ by: stranger, type: 'withdrawVote' })],
    ])('%s', async (_name, ask) => {
      expect(await told('Ada', ask)).toEqual(await told('Bob', ask))
    })

    test('because every refused person gets the same answer', async () => {
      const ask = (stranger: PersonName) => anonymousVote(poll, anonymousVoter(stranger), 1)
      expect(await told('Ada', ask)).toMatchObject({ code: 'not_on_roll' })
      expect(await told('Ada', ask)).toEqual(await told('Eve', ask))
    })
  })
})

describe('when the creator corrects the list', () => {
  const change = (poll: Poll, ...voters: string[]) => submit(poll, { by: creator, type: 'changeVoterList', voters })

  test('new people can vote, and the log says how many there are, without names', async () => {
    const poll = await newPoll(['Ada', 'Bpb'])
    expect(await refusalOf(submit(poll, castVote(poll, bob)))).toBe('not_on_roll')
    const { events } = await change(poll, 'Ada', 'Bob', 'Cem')
    expect(events.map(({ facts }) => facts)).toEqual([{ type: 'voter_list_changed', voters: { from: 2, to: 3 } }])
    await submit(poll, castVote(poll, bob, 1))
    expect(await stored(poll)).toMatchObject({ electorate: 3, totalVotes: 1 })
    expect(await roll(poll)).toEqual([
      ['Ada', false],
      ['Bob', true],
      ['Cem', false],
    ])
    await expectConsistent(database, poll.id)
  })

  test('the vote of a removed voter no longer counts, even a final one', async () => {
    const poll = await newPoll(['Ada', 'Bob', 'Cem'], { votesFinal: true })
    await submit(poll, castVote(poll, ada, 0))
    await submit(poll, castVote(poll, bob, 1))
    const { events } = await change(poll, 'Cem', 'Ada')
    const uncounted = [{ personId: bob.id, choices: picks(poll.options[1]?.id) }]
    expect(events[0]?.facts).toEqual({ type: 'voter_list_changed', voters: { from: 3, to: 2 }, uncounted })
    expect(await stored(poll)).toMatchObject({
      status: 'open',
      totalVotes: 1,
      options: [{ votes: 1 }, { votes: 0 }, {}],
    })
    expect(await roll(poll)).toEqual([
      ['Cem', false],
      ['Ada', true],
    ])
    expect(await refusalOf(submit(poll, castVote(poll, bob, 1)))).toBe('not_on_roll')
    await expectConsistent(database, poll.id)
  })

  test('a person keeps the vote when an address replaces their name', async () => {
    const poll = await newPoll(['Ida', 'Bob'])
    const ida = await named('Ida', 'ida@example.org')
    await submit(poll, castVote(poll, ida, 0))
    const { events } = await change(poll, 'Ida Roe <IDA@example.org>', 'Bob')
    expect(events[0]?.facts).toEqual({ type: 'voter_list_changed', voters: { from: 2, to: 2 } })
    expect(await roll(poll)).toEqual([
      ['Ida Roe <IDA@example.org>', true],
      ['Bob', false],
    ])
    const impostor = await named('Ida')
    expect(await refusalOf(submit(poll, castVote(poll, impostor, 0)))).toBe('not_on_roll')
    await submit(poll, castVote(poll, bob, 0))
    expect(await stored(poll)).toMatchObject({ status: 'closed', totalVotes: 2 })
    await expectConsistent(database, poll.id)
  })

  test.each(['single_choice', 'ranked', 'score', 'dates'] as const)(
    'a poll by %s closes at once when all remaining voters have voted',
    async (method) => {
      const options = method === 'dates' ? ['2026-12-24', '2026-12-25'] : ['Pizza', 'Sushi']
      const poll = await newPoll(['Ada', 'Bob', 'Cem'], { method, options })
      const [first = ''] = poll.options.map(({ id }) => id)
      const choice = { single_choice: first, ranked: first, score: `${first}=4`, dates: `${first}=yes` }[method]
      await submit(poll, { by: ada, type: 'castVote', choices: picks(choice) })
      await submit(poll, { by: bob, type: 'castVote', choices: picks(choice) })
      await change(poll, 'Ada')
      expect(await stored(poll)).toMatchObject({ status: 'closed', totalVotes: 1 })
      const log = await queries.events(poll.id, { limit: 10 })
      expect(log.at(-1)?.facts).toMatchObject({ type: 'closed', early: 'all_voted', outcome: { options: [first] } })
      await expectConsistent(database, poll.id)
    },
  )

  test('a simultaneous vote and correction in two processes match the log', async () => {
    const poll = await newPoll(['Ada', 'Bob', 'Cem'])
    await Promise.allSettled([
      other.submit({ pollId: poll.id, command: castVote(poll, bob, 1) }),
      change(poll, 'Ada', 'Cem'),
      other.submit({ pollId: poll.id, command: castVote(poll, ada, 1) }),
    ])
    expect(await stored(poll)).toMatchObject({ status: 'open', totalVotes: 1, electorate: 2 })
    await expectConsistent(database, poll.id)
  })

  test('an unchanged list adds no event', async () => {
    const poll = await newPoll(['Ada', 'Bob'])
    expect((await change(poll, 'Ada', 'Bob')).events).toEqual([])
  })

  test('a reopened poll expects no voters', async () => {
    const poll = await newPoll(['Ada', 'Bob'])
    await submit(poll, { by: creator, type: 'close' })
    expect(await refusalOf(change(poll, 'Ada'))).toBe('poll_closed')
    await submit(poll, { by: creator, type: 'reopen' })
    await submit(poll, castVote(poll, ada))
    await change(poll, 'Ada')
    expect(await stored(poll)).toMatchObject({ status: 'open', electorate: null })
    await expectConsistent(database, poll.id)
  })

  test('only the creator corrects the list', async () => {
    const poll = await newPoll(['Ada', 'Bob'])
    const command = { by: ada, type: 'changeVoterList', voters: ['Ada'] } as const
    expect(await refusalOf(submit(poll, command))).toBe('forbidden')
  })

  test('in an anonymous poll nobody is removed after the first vote', async () => {
    const poll = await newPoll(['Ada', 'Bob', 'Cem'], { anonymous: true })
    await change(poll, 'Ada', 'Bob', 'Cem', 'Dee')
    await change(poll, 'Ada', 'Bob', 'Cem')
    await submit(poll, anonymousVote(poll, anonymousVoter(ada), 1))
    const without = async (...voters: string[]) => {
      const error = await change(poll, ...voters).catch((reason) => reason)
      return [error.code, error.message]
    }
    const refused = await without('Bob', 'Cem', 'Dee')
    expect(refused[0]).toBe('poll_has_votes')
    expect(await without('Ada', 'Cem', 'Dee')).toEqual(refused)
    await change(poll, 'Ada', 'Bob', 'Cem', 'Dee')
    for (const voter of [bob, await named('Cem')]) await submit(poll, anonymousVote(poll, anonymousVoter(voter), 1))
    expect(await stored(poll)).toMatchObject({ status: 'open', totalVotes: 3 })
    await submit(poll, anonymousVote(poll, anonymousVoter(await named('Dee')), 1))
    expect(await stored(poll)).toMatchObject({ status: 'closed', options: [{}, { votes: 4 }, {}] })
    await expectConsistent(database, poll.id)
  })
})
