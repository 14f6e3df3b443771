import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { moveConnections } from '../../src/chat/connections/connections.ts'
import type { Database } from '../../src/database/database.ts'
import { ChatAccounts } from '../../src/people/chat-accounts.ts'
import { Merges } from '../../src/people/merges.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { SetAsideVotes } from '../../src/people/set-aside-votes.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { castVote } from '../support/cast-vote.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let boxes: [BallotBox, BallotBox]

beforeAll(async () => {
  database = await openTestDatabase()
  boxes = [new BallotBox(database, clock.now), new BallotBox(database, clock.now)]
})

afterAll(() => database.close())

async function link(person: PersonName): Promise<PersonName> {
  const account = { chat: 'test', accountId: person.id, name: person.name, email: null, avatarUrl: null }
  return new ChatAccounts(database.prisma, clock.now).signIn(account, person)
}

const limit = (poll: Poll): Command => ({ by: poll.createdBy, type: 'edit', votersSignedIn: true })
const submit = (poll: Poll, command: Command, box = boxes[0]) => box.submit({ pollId: poll.id, command })
const vote = (poll: Poll, by: PersonName, option = 0, isSignedIn = false) =>
  submit(poll, { ...castVote(poll, by, option), isSignedIn } as Command)
const voters = async ({ id }: Poll) =>
  (await database.prisma.ballot.findMany({ where: { pollId: id, counted: true } })).map(({ personId }) => personId)

describe('limiting a poll', () => {
  test('sets the ballots of guests aside, and of nobody else', async () => {
    const [ann, bob, cem] = (await createPeople(database, 3)) as [PersonName, PersonName, PersonName]
    await link(bob)
    const poll = await createPoll(boxes[0], ann)
    for (const by of [ann, bob, cem]) await vote(poll, by)
    const { events, poll: after } = await submit(poll, limit(poll))
    expect(events).toMatchObject([{ facts: { type: 'edited', uncounted: [{}, {}] } }])
    expect(after).toMatchObject({ totalVotes: 1, votersSignedIn: true })
    expect(await voters(poll)).toEqual([bob.id])
    await expectConsistent(database, poll.id)
    expect(await refusalOf(vote(poll, cem))).toBe('sign_in_required')
    expect(await refusalOf(submit(poll, castVote(poll, cem), boxes[1]))).toBe('sign_in_required')
    await vote(poll, await link(cem), 1, true)
    await expectConsistent(database, poll.id)
    expect((await voters(poll)).toSorted()).toEqual([bob.id, cem.id].toSorted())
  })

  test('in the same batch as votes counts them by their order', async () => {
    const [ann, bob, cem] = (await createPeople(database, 3)) as [PersonName, PersonName, PersonName]
    const poll = await createPoll(boxes[0], ann)
    const answers = await Promise.allSettled([
      vote(poll, bob),
      submit(poll, limit(poll)),
      vote(poll, cem),
      vote(poll, bob),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(await voters(poll)).toEqual([])
    await expectConsistent(database, poll.id)
  })

  test('while guests vote in two processes counts none of their ballots', async () => {
    const people = await createPeople(database, 61)
    const [ann, ...others] = people as [PersonName, ...PersonName[]]
    const poll = await createPoll(boxes[0], ann)
    const votes = others.map((by, index) => submit(poll, castVote(poll, by, index % 3), boxes[index % 2]))
    const limiting = new Promise(setImmediate).then(() => submit(poll, limit(poll), boxes[1]))
    await Promise.allSettled([...votes, limiting])
    await limiting
    expect(await voters(poll)).toEqual([])
    await expectConsistent(database, poll.id)
  })

  test('is refused where more have voted than can be looked at, and changes nothing then', async () => {
    const [ann, ...others] = (await createPeople(database, 1_002)) as [PersonName, ...PersonName[]]
    const poll = await createPoll(boxes[0], ann)
    await Promise.all(others.map((by) => vote(poll, by)))
    expect(await refusalOf(submit(poll, limit(poll)))).toBe('poll_has_votes')
    await submit(poll, { by: others[0] as PersonName, type: 'withdrawVote' })
    const { poll: after } = await submit(poll, limit(poll))
    expect(after.totalVotes).toBe(0)
    await expectConsistent(database, poll.id)
  })

  test('is for the creator', async () => {
    const [ann, bob] = (await createPeople(database, 2)) as [PersonName, PersonName]
    const poll = await createPoll(boxes[0], ann)
    expect(await refusalOf(submit(poll, { ...limit(poll), by: bob }))).toBe('forbidden')
  })
})

describe('a vote that was set aside', () => {
  async function limitedPoll() {
    const [ann, bob] = (await createPeople(database, 2)) as [PersonName, PersonName]
    const poll = await createPoll(boxes[0], ann)
    await vote(poll, bob)
    await submit(poll, limit(poll))
    const votes = new SetAsideVotes(database.prisma, boxes[0])
    return { poll, ann, bob, votes }
  }
  const logOf = async ({ id }: Poll) =>
    (await database.prisma.event.findMany({ where: { pollId: id }, orderBy: { revision: 'asc' } })).map(
      ({ type }) => type,
    )

  test('counts when the voter signs in, once, and not before', async () => {
    const { poll, bob, votes } = await limitedPoll()
    expect(await votes.count(bob)).toBe(0)
    await link(bob)
    expect(await Promise.all([votes.count(bob), votes.count(bob)])).toContain(1)
    expect(await voters(poll)).toEqual([bob.id])
    expect(await logOf(poll)).toEqual(['created', 'voted', 'edited', 'vote_counted'])
    await expectConsistent(database, poll.id)
  })

  test('counts when its poll is reopened, if it was closed as the voter signed in', async () => {
    const { poll, ann, bob, votes } = await limitedPoll()
    await submit(poll, { by: ann, type: 'close' })
    await link(bob)
    expect(await votes.count(bob)).toBe(0)
    await submit(poll, { by: ann, type: 'reopen' })
    await votes.sweep()
    expect(await voters(poll)).toEqual([bob.id])
    await expectConsistent(database, poll.id)
  })

  test('counts for whom the guest turns out to be', async () => {
    const { poll, bob } = await limitedPoll()
    const [eve] = (await createPeople(database, 1)) as [PersonName]
    await link(eve)
    await new Merges(database.prisma, clock.now, boxes[0], moveConnections).merge(bob, eve)
    expect(await voters(poll)).toEqual([eve.id])
    await expectConsistent(database, poll.id)
  })

  test('counts again when guests may vote again', async () => {
    const { poll, bob } = await limitedPoll()
    await submit(poll, { ...limit(poll), votersSignedIn: false } as Command)
    expect(await voters(poll)).toEqual([bob.id])
    await expectConsistent(database, poll.id)
  })
})
