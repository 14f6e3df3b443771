import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { Connections } from '../../src/chat/connections/connections.ts'
import { followPolls } from '../../src/chat/connections/follow-polls.ts'
import { lockFollowing, mirrorOpenPolls } from '../../src/chat/connections/mirrors.ts'
import { eventKinds } from '../../src/chat/wording.ts'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { OutboxHook } from '../../src/polls/ballot-box/batch.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPerson, createPoll } from '../support/polls.ts'

const all = { categories: [], eventKinds: [...eventKinds] }
const food = { ...all, categories: ['Food'] }

let database: Database
let connections: Connections
let box: BallotBox
let ann: PersonName
let id: string

beforeAll(async () => {
  database = await openTestDatabase()
  connections = new Connections(database.prisma, () => new Date())
  box = boxWith(async (tx, committed) => {
    await followPolls(tx, committed)
    return () => {}
  })
  ann = await createPerson(database)
})

beforeEach(async () => {
  await database.prisma.connection.deleteMany()
  id = await connect()
})

afterAll(() => database.close())

function boxWith(alongside: OutboxHook): BallotBox {
  return new BallotBox(
    database,
    () => new Date(),
    () => {},
    alongside,
  )
}

function connect(): Promise<string> {
  const room = { chat: 'flowdock', name: 'Polls', roomName: 'Acme / Main', roomUrl: null, externalId: '1', address: {} }
  return connections.create({ ...room, ...all, credentials: 'sealed', createdBy: ann, start: 'now' })
}

const placeOf = (poll: Poll, connectionId = id) =>
  database.prisma.mirror.findUnique({ where: { pollId_connectionId: { pollId: poll.id, connectionId } } })
const comment = (poll: Poll) => box.submit({ pollId: poll.id, command: { by: ann, type: 'comment', body: 'Hungry' } })

test('the outbox survives a filter that leaves the poll out for a while', async () => {
  const poll = await createPoll(box, ann)
  await comment(poll)
  await database.prisma.mirror.updateMany({ data: { inFlightRevision: 1 } })
  await connections.change(id, food)
  expect(await placeOf(poll)).toMatchObject({ revision: 0, finalRevision: 2 })
  await connections.change(id, all)
  expect(await placeOf(poll)).toMatchObject({ revision: 0, inFlightRevision: 1, finalRevision: null })
})

test('events are skipped while a filter leaves out a poll whose earlier events were delivered', async () => {
  const poll = await createPoll(box, ann)
  await database.prisma.mirror.updateMany({ data: { revision: 1, inFlightRevision: null } })
  await connections.change(id, food)
  await comment(poll)
  await connections.change(id, all)
  expect(await placeOf(poll)).toMatchObject({ revision: 2, inFlightRevision: null, finalRevision: null })
})

test('a poll that closed while a filter left it out is mirrored again, for its reopening', async () => {
  const poll = await createPoll(box, ann)
  await connections.change(id, food)
  await box.submit({ pollId: poll.id, command: { by: ann, type: 'close' } })
  await connections.change(id, all)
  expect(await placeOf(poll)).toMatchObject({ revision: 0, finalRevision: null })
})

/** Runs `act` just before a poll's transaction commits, as far as it gets by then. */
function meanwhile(act: () => Promise<unknown>): { box: BallotBox; acted: () => Promise<unknown> } {
  let acting: Promise<unknown> | undefined
  const box = boxWith(async (tx, committed) => {
    await followPolls(tx, committed)
    acting ??= act()
    await Promise.race([acting, untilSomebodyWaits()])
    return () => {}
  })
  return { box, acted: async () => acting }
}

async function untilSomebodyWaits(): Promise<void> {
  const waiting = () => database.prisma.$queryRaw<unknown[]>`SELECT FROM pg_locks WHERE NOT granted`
  await expect.poll(waiting, { interval: 5 }).toHaveLength(1)
}

// The embedded database has one transaction at a time.
test('a poll that only people with the link find is in no room, until it is listed', async () => {
  const poll = await createPoll(box, ann, { unlisted: true })
  const later = await connect()
  await connections.change(id, food)
  await connections.change(id, all)
  expect([await placeOf(poll), await placeOf(poll, later)]).toEqual([null, null])
  const edit = (unlisted: boolean) => box.submit({ pollId: poll.id, command: { by: ann, type: 'edit', unlisted } })
  await edit(false)
  expect(await placeOf(poll)).toMatchObject({ revision: 1, finalRevision: null })
  await edit(true)
  expect(await placeOf(poll)).toMatchObject({ finalRevision: 3 })
})

describe.runIf(inject('database').kind === 'postgres')('no event is missed', () => {
  test('of a poll that is created while a connection is made', async () => {
    let other = ''
    const { box, acted } = meanwhile(async () => {
      other = await connect()
    })
    const poll = await createPoll(box, ann)
    await acted()
    expect([await placeOf(poll), await placeOf(poll, other)]).toEqual([expect.anything(), expect.anything()])
  })

  test('of a poll that moves while a connection starts to want its category', async () => {
    await connections.change(id, { ...all, categories: ['Books'] })
    const poll = await createPoll(box, ann, { category: 'Games' })
    const { box: moving, acted } = meanwhile(() => connections.change(id, food))
    await moving.submit({ pollId: poll.id, command: { by: ann, type: 'edit', category: 'Food' } })
    await acted()
    expect(await placeOf(poll)).toMatchObject({ finalRevision: null })
  })

  test('but the poll’s move waits for a starting connection, which does not wait for the poll', async () => {
    const poll = await createPoll(box, ann, { category: 'Games' })
    await database.prisma.mirror.deleteMany()
    const moving = await database.prisma.$transaction(async (tx) => {
      await lockFollowing(tx, 'alone')
      const move = box.submit({ pollId: poll.id, command: { by: ann, type: 'edit', category: 'Food' } })
      await untilSomebodyWaits()
      await mirrorOpenPolls(tx, { id, categories: [] }, 'now')
      return { move }
    })
    await moving.move
    expect(await placeOf(poll)).toMatchObject({ revision: 1 })
  })
})
