import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/open.ts'
import { ChatAccounts } from '../../src/people/chat-accounts.ts'
import type { PersonName } from '../../src/people/types.ts'
import { BallotBox } from '../../src/polls/ballot-box.ts'
import type { Command, Poll } from '../../src/polls/types.ts'
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
  (await database.prisma.ballot.findMany({ where: { pollId: id } })).map(({ personId }) => personId)

describe('limiting a poll', () => {
  test('withdraws the ballots of guests, and of nobody else', async () => {
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

  test('while guests vote in two processes leaves none of their ballots', async () => {
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
