import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Connections, moveConnections } from '../../src/chat/connections/connections.ts'
import type { Database } from '../../src/database/database.ts'
import { ApiTokens } from '../../src/people/api-tokens.ts'
import { beginMerge, Merges } from '../../src/people/merges.ts'
import { newToken, tokenHash } from '../../src/people/model/ids.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { Sessions } from '../../src/people/sessions.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { castVote } from '../support/cast-vote.ts'
import { day, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { createPeople, createPerson, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let polls: PollQueries
/** One for each of two processes. */
let boxes: [BallotBox, BallotBox]
let merges: [Merges, Merges]

beforeAll(async () => {
  database = await openTestDatabase()
  polls = new PollQueries(database.prisma)
  boxes = [new BallotBox(database, clock.now), new BallotBox(database, clock.now)]
  merges = [
    new Merges(database.prisma, clock.now, boxes[0], moveConnections),
    new Merges(database.prisma, clock.now, boxes[1], moveConnections),
  ]
})

afterAll(() => database.close())

const submit = (poll: Poll, command: Command, box = boxes[0]) => box.submit({ pollId: poll.id, command })
const vote = (poll: Poll, by: PersonName, index = 0) => submit(poll, castVote(poll, by, index))

/** A signed-in person and a guest. */
async function two(): Promise<{ mai: PersonName; guest: PersonName }> {
  const [mai, guest] = (await createPeople(database, 2)) as [PersonName, PersonName]
  await link(mai)
  return { mai, guest }
}

function link({ id, name }: PersonName) {
  const account = { chat: 'flowdock', accountId: `account of ${id}`, name, email: null, avatarUrl: null, sees: [] }
  return database.prisma.chatAccount.create({ data: { ...account, personId: id, linkedAt: clock.now() } })
}

const newPoll = async (by?: PersonName) => createPoll(boxes[0], by ?? (await createPerson(database)))
const row = ({ id }: PersonName) => database.prisma.person.findUniqueOrThrow({ where: { id } })

/** The owner of each ballot, and the index of its option. */
async function ballots(poll: Poll): Promise<[string, number][]> {
  await expectConsistent(database, poll.id)
  const rows = await database.prisma.ballot.findMany({ where: { pollId: poll.id } })
  return rows.map(({ personId, choices }) => [personId, poll.options.findIndex(({ id }) => id === choices[0])])
}

async function mergeEvents({ id }: Poll) {
  const events = await polls.events(id, { limit: 1_000 })
  return events.filter(({ facts }) => facts.type === 'guest_merged')
}

describe('a merge of a guest into a person', () => {
  test('makes all ballots the person’s: the newer if both voted', async () => {
    const { mai, guest } = await two()
    const [one, other, both, reversed, same, neither] = await Promise.all(Array.from({ length: 6 }, () => newPoll()))
    if (!one || !other || !both || !reversed || !same || !neither) throw new Error('Six polls were made.')
    await vote(one, guest)
    await vote(other, mai)
    await vote(both, mai, 1)
    await vote(both, guest, 2)
    await vote(reversed, guest, 2)
    await vote(reversed, mai, 1)
    await vote(same, guest)
    await vote(same, mai)

    expect(await merges[0].merge(guest, mai)).toBe(true)

    expect(await ballots(one)).toEqual([[mai.id, 0]])
    expect(await ballots(other)).toEqual([[mai.id, 0]])
    expect(await ballots(both)).toEqual([[mai.id, 2]])
    expect(await ballots(reversed)).toEqual([[mai.id, 1]])
    expect(await ballots(same)).toEqual([[mai.id, 0]])
    expect(await ballots(neither)).toEqual([])
    const told = await Promise.all([one, other, both, reversed, same, neither].map(mergeEvents))
    expect(told.map((events) => events.length)).toEqual([1, 0, 1, 1, 1, 0])
    const [toldOfOne] = told[0] ?? []
    expect(toldOfOne).toMatchObject({ actor: mai, facts: { guest, from: [], to: picks(one.options[0]?.id) } })
  })

  test('makes polls, options and comments the person’s, with the creator’s rights', async () => {
    const { mai, guest } = await two()
    const poll = await newPoll(guest)
    const closed = await newPoll(guest)
    const others = await newPoll()
    await submit(closed, { by: guest, type: 'close' })
    await submit(others, { by: guest, type: 'addOption', option: { id: 'soup', title: 'Soup' } })
    await submit(others, { by: guest, type: 'comment', body: 'Soup!' })
    await polls.view(others.id)

    await merges[0].merge(guest, mai)

    expect((await polls.view(poll.id)).poll).toMatchObject({ createdBy: mai, revision: 2 })
    expect((await polls.view(others.id)).poll.options.at(-1)).toMatchObject({ addedById: mai.id })
    expect(await polls.comments(others.id, { limit: 10 })).toMatchObject([{ author: mai, body: 'Soup!' }])
    expect((await polls.events(others.id, { limit: 10 })).map(({ actor }) => actor.name)).not.toContain(guest.name)
    const mine = await polls.list({ createdById: mai.id, archived: true }, { limit: 10 })
    expect(mine.polls.map(({ poll: { id } }) => id).sort()).toEqual([poll.id, closed.id].sort())
    for (const box of boxes) {
      await submit(poll, { by: mai, type: 'edit', title: 'Mine' }, box)
      expect(await refusalOf(submit(poll, { by: guest, type: 'edit', title: 'Mine?' }, box))).toBe('forbidden')
    }
    await submit(closed, { by: mai, type: 'reopen' })
    for (const one of [poll, closed, others]) await expectConsistent(database, one.id)
  })

  test('leaves one ballot in a closed poll too, and keeps the announced outcome in the log', async () => {
    const { mai, guest } = await two()
    const creator = await createPerson(database)
    const poll = await newPoll(creator)
    await vote(poll, mai, 1)
    await vote(poll, guest, 2)
    const { events } = await submit(poll, { by: creator, type: 'close' })
    await merges[0].merge(guest, mai)
    expect(await ballots(poll)).toEqual([[mai.id, 2]])
    expect((await polls.events(poll.id, { limit: 10 }))[3]).toMatchObject({ facts: events[0]?.facts })
  })

  test('does not change a deleted poll', async () => {
    const { mai, guest } = await two()
    const poll = await newPoll(guest)
    await submit(poll, { by: guest, type: 'delete' })
    await merges[0].merge(guest, mai)
    expect(await database.prisma.poll.findUnique({ where: { id: poll.id } })).toMatchObject({ revision: 2 })
  })

  test('shows the person’s name everywhere, also on pages without another change', async () => {
    const { mai, guest } = await two()
    const poll = await newPoll()
    await submit(poll, { by: guest, type: 'comment', body: 'Hi' })
    const before = await polls.view(poll.id)
    await merges[0].merge(guest, mai)
    const after = await polls.view(poll.id)
    expect(after.poll.revision).toBe(before.poll.revision)
    expect(after.version).not.toBe(before.version)
  })
})

describe('the guest', () => {
  test('is the person in every browser and with every token', async () => {
    const { mai, guest } = await two()
    const [sessions, tokens] = [new Sessions(database.prisma, clock.now), new ApiTokens(database.prisma, clock.now)]
    const cookie = newToken()
    const hash = Buffer.from(tokenHash(cookie), 'hex')
    const expiresAt = new Date(clock.now().getTime() + day)
    const session = { tokenHash: hash, personId: guest.id, createdAt: clock.now(), expiresAt }
    await database.prisma.session.create({ data: session })
    const { token } = await tokens.create(guest.id, 'Script')
    await merges[0].merge(guest, mai)
    expect((await sessions.find(cookie))?.person).toMatchObject(mai)
    expect(await tokens.find(token)).toMatchObject(mai)
  })

  test('leaves the connections that they made to the person', async () => {
    const { mai, guest } = await two()
    const connections = new Connections(database.prisma, clock.now)
    const id = await connections.create({
      ...{ chat: 'flowdock', name: 'Polls', roomName: 'Acme / Main', roomUrl: null, address: {}, externalId: '1' },
      ...{ categories: [], eventKinds: [], start: 'now' as const, credentials: 'sealed', createdBy: guest },
    })
    await merges[0].merge(guest, mai)
    expect(await connections.find(id, { personId: mai.id, accounts: [] })).toMatchObject({ id })
  })

  test('may repeat a request that was answered before', async () => {
    const { mai, guest } = await two()
    const poll = await newPoll()
    const once = { pollId: poll.id, idempotency: { key: 'key', fingerprint: 'comment', answer: () => 'first' } }
    await boxes[0].submitOnce({ ...once, command: { by: guest, type: 'comment', body: 'Once' } })
    await merges[0].merge(guest, mai)
    expect(await boxes[1].submitOnce({ ...once, command: { by: mai, type: 'comment', body: 'Once' } })).toBe('first')
    expect((await polls.view(poll.id)).poll.totalComments).toBe(1)
  })

  test('is not merged if it has an account, is that person, or does not exist', async () => {
    const { mai, guest } = await two()
    await link(guest)
    expect(await merges[0].merge(guest, mai)).toBe(false)
    expect(await merges[0].merge(mai, mai)).toBe(false)
    expect(await merges[0].merge(undefined, mai)).toBe(false)
    expect(await row(guest)).toMatchObject({ mergedIntoId: null })
    expect(await row(mai)).toMatchObject({ mergedIntoId: null })
  })

  test('takes earlier merged guests along', async () => {
    const { mai, guest } = await two()
    const [first, second] = (await createPeople(database, 2)) as [PersonName, PersonName]
    const poll = await newPoll()
    for (const [index, by] of [first, guest, mai].entries()) await vote(poll, by, index)
    await merges[0].merge(first, guest)
    await merges[1].merge(guest, mai)
    // The second guest is merged already, and the browser has not noticed yet.
    await merges[1].merge(second, guest)
    for (const one of [first, guest, second]) expect(await row(one)).toMatchObject({ mergedIntoId: mai.id })
    expect(await ballots(poll)).toEqual([[mai.id, 2]])
  })
})

describe('merging', () => {
  test('twice, and from many tabs of two processes at once, is the same as once', async () => {
    const { mai, guest } = await two()
    const made = await Promise.all(Array.from({ length: 3 }, () => newPoll(guest)))
    for (const poll of made) await vote(poll, guest)
    const tabs = Array.from({ length: 20 }, (_, index) => merges[index % 2]?.merge(guest, mai))
    expect((await Promise.all(tabs)).filter(Boolean)).toHaveLength(1)
    expect(await merges[0].merge(guest, mai)).toBe(false)
    for (const poll of made) {
      expect(await ballots(poll)).toEqual([[mai.id, 0]])
      expect(await mergeEvents(poll)).toHaveLength(1)
    }
  })

  test('in both directions at once ends with one of them', async () => {
    const [ann, bob] = (await createPeople(database, 2)) as [PersonName, PersonName]
    const merged = await Promise.all([merges[0].merge(ann, bob), merges[1].merge(bob, ann)])
    expect(merged.filter(Boolean)).toHaveLength(1)
    const ends = [await row(ann), await row(bob)].map(({ mergedIntoId }) => mergedIntoId)
    expect(ends.filter((id) => id === null)).toHaveLength(1)
  })

  test('continues where it was interrupted', async () => {
    const { mai, guest } = await two()
    const [one, other] = [await newPoll(guest), await newPoll()]
    await vote(one, guest, 1)
    await vote(other, guest, 2)
    await beginMerge(database.prisma, { guestId: guest.id, personId: mai.id }, clock.now(), moveConnections)
    await submit(one, { by: mai, type: 'mergeGuest', guest })
    expect(await ballots(one)).toEqual([[mai.id, 1]])
    expect(await ballots(other)).toEqual([[guest.id, 2]])
    await merges[1].sweep()
    expect(await ballots(other)).toEqual([[mai.id, 2]])
    expect(await mergeEvents(one)).toHaveLength(1)
  })

  test('continues when the person signs in again', async () => {
    const { mai, guest } = await two()
    const poll = await newPoll()
    await vote(poll, guest)
    await beginMerge(database.prisma, { guestId: guest.id, personId: mai.id }, clock.now(), moveConnections)
    expect(await merges[0].merge(undefined, mai)).toBe(false)
    expect(await ballots(poll)).toEqual([[mai.id, 0]])
  })

  test('finds the votes that came in meanwhile, and ends', async () => {
    const { mai, guest } = await two()
    const made = await Promise.all(Array.from({ length: 8 }, () => newPoll()))
    const votes = made.flatMap((poll, index) =>
      [guest, mai, guest].map((by, turn) =>
        submit(poll, castVote(poll, by, (index + turn) % 3), boxes[(index + turn) % 2]),
      ),
    )
    await Promise.all([...votes, merges[0].merge(guest, mai)])
    await vote(made[0] as Poll, guest, 1)
    await merges[1].sweep()
    for (const poll of made) expect((await ballots(poll)).map(([personId]) => personId)).toEqual([mai.id])
    expect(await ballots(made[0] as Poll)).toEqual([[mai.id, 1]])
    expect((await row(guest)).mergingSince).not.toBeNull()
    clock.advance(day)
    await merges[1].sweep()
    expect(await row(guest)).toMatchObject({ mergedIntoId: mai.id, mergingSince: null })
  })
})
