import { beforeEach, expect, test } from 'vitest'
import type { Prisma } from '../../src/database/generated/client.ts'
import { newId } from '../../src/people/model/ids.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { minute } from '../support/clock.ts'
import { createPoll, type PagePoll, page, signInWithChat, textsOf, visitor } from '../support/pages.ts'

const flowdock = { FLOWDOCK_API_URL: 'http://127.0.0.1:9', FLOWDOCK_CLIENT_ID: 'us', FLOWDOCK_CLIENT_SECRET: 'secret' }

const testApp = await closedAtEnd(openTestApp({ env: flowdock }))
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')
const guest = await visitor(testApp, 'Guest')
await signInWithChat(testApp, ['Ann', 'Bob'])

beforeEach(() => testApp.database.prisma.connection.deleteMany())

type Place = { revision: number; finalRevision?: number }

/** A new connection with this cursor in the poll. */
async function mirror(
  { id: pollId }: PagePoll,
  { revision, finalRevision }: Place,
  connection: Partial<Prisma.ConnectionUncheckedCreateInput> = {},
): Promise<string> {
  const { prisma } = testApp.database
  const { createdById } = await prisma.poll.findUniqueOrThrow({ where: { id: pollId } })
  const id = newId()
  await prisma.connection.create({
    data: {
      id,
      chat: 'flowdock',
      status: 'active',
      name: 'Polls',
      roomName: 'Acme / Lunch',
      externalId: id,
      address: {},
      credentials: 'secret',
      createdById,
      createdAt: testApp.clock.advance(minute),
      attempts: 0,
      errorShown: false,
      ...connection,
    },
  })
  await prisma.mirror.create({ data: { pollId, connectionId: id, revision, finalRevision } })
  return id
}

async function refuse({ id: pollId }: PagePoll, connectionId: string, ...revisions: number[]): Promise<void> {
  const data = revisions.map((revision) => ({ pollId, connectionId, revision, previous: revision - 1 }))
  const refused = { reason: 'Too long.', at: testApp.clock.now() }
  await testApp.database.prisma.rejection.createMany({ data: data.map((row) => ({ ...row, ...refused })) })
}

async function linesOf({ path }: PagePoll): Promise<string[]> {
  await ann.get(path)
  return textsOf(ann, '#mirrors li')
}

test('a poll without mirrors does not mention chats', async () => {
  expect(await linesOf(await createPoll(ann))).toEqual([])
  expect(page(ann).querySelector('#mirrors, script[src*="mirrors.js"]')).toBeNull()
})

test('the page names the rooms of the poll, the oldest first, and the backlog of each', async () => {
  const poll = await createPoll(ann)
  for (const body of ['One', 'Two', 'Three']) await ann.post(`${poll.path}/comments`, { body })
  await mirror(poll, { revision: 4 })
  await mirror(poll, { revision: 3 }, { roomName: '<b>&' })
  await mirror(poll, { revision: 0 })
  await mirror(poll, { revision: 4 }, { status: 'paused' })
  await mirror(poll, { revision: 2 }, { status: 'paused' })
  await mirror(poll, { revision: 2 }, { status: 'paused', statusReason: 'Nobody needs to know' })
  await mirror(poll, { revision: 2 }, { failingSince: new Date() })
  await refuse(poll, await mirror(poll, { revision: 4 }), 4)
  await refuse(poll, await mirror(poll, { revision: 3 }), 2, 3)
  expect(await linesOf(poll)).toEqual([
    'In Flowdock: Acme / Lunch – up to date',
    'In Flowdock: <b>& – 1 update waiting',
    'In Flowdock: Acme / Lunch – 4 updates waiting',
    'In Flowdock: Acme / Lunch – paused, up to date',
    'In Flowdock: Acme / Lunch – paused, 2 updates waiting',
    'In Flowdock: Acme / Lunch – no longer connected',
    'In Flowdock: Acme / Lunch – delayed, 2 updates waiting',
    'In Flowdock: Acme / Lunch – up to date, but 1 message was rejected',
    'In Flowdock: Acme / Lunch – 1 update waiting, and 2 messages were rejected',
  ])
  expect(ann.page?.body).not.toMatch(/Nobody needs to know|secret/)
})

test('ten rooms are named, the others counted', async () => {
  const poll = await createPoll(ann)
  for (let room = 1; room <= 12; room++) await mirror(poll, { revision: 1 }, { roomName: `Room ${room}` })
  const lines = await linesOf(poll)
  expect(lines).toHaveLength(11)
  expect(lines.slice(-2)).toEqual(['In Flowdock: Room 10 – up to date', 'and in 2 more'])
})

test('a room that gets no more of the poll disappears after the last message', async () => {
  const poll = await createPoll(ann)
  await ann.post(`${poll.path}/comments`, { body: 'One' })
  await mirror(poll, { revision: 1 }, { status: 'disconnected' })
  await mirror(poll, { revision: 1 }, { status: 'retired' })
  await mirror(poll, { revision: 1, finalRevision: 1 })
  expect(await linesOf(poll)).toEqual([])
  await ann.post(`${poll.path}/comments`, { body: 'Two' })
  await mirror(poll, { revision: 1, finalRevision: 2 })
  expect(await linesOf(poll)).toEqual(['In Flowdock: Acme / Lunch – 1 update waiting'])
})

test.each([
  ['https://example.org/rooms/1?a=1&b=2', 'https://example.org/rooms/1?a=1&b=2'],
  ['javascript:alert(1)', undefined],
  [null, undefined],
])('a room with the address %j is linked to %j', async (roomUrl, href) => {
  const poll = await createPoll(ann)
  await mirror(poll, { revision: 1 }, { roomUrl })
  await linesOf(poll)
  expect(page(ann).querySelector('#mirrors a')?.getAttribute('href')).toBe(href)
})

test('the page gets a new version when only a room has caught up', async () => {
  const poll = await createPoll(ann)
  const connectionId = await mirror(poll, { revision: 0 })
  const { headers } = await ann.get(poll.path)
  const again = { 'if-none-match': String(headers.etag) }
  expect((await ann.get(poll.path, again)).statusCode).toBe(304)
  await testApp.database.prisma.mirror.update({
    where: { pollId_connectionId: { pollId: poll.id, connectionId } },
    data: { revision: 1 },
  })
  expect((await ann.get(poll.path, again)).statusCode).toBe(200)
  expect(textsOf(ann, '#mirrors li')).toEqual(['In Flowdock: Acme / Lunch – up to date'])
})

test('open pages can request the line alone', async () => {
  const poll = await createPoll(ann)
  await mirror(poll, { revision: 1 })
  await ann.get(poll.path)
  const from = page(ann).querySelector('#mirrors')?.getAttribute('data-from') ?? ''
  expect((await ann.get(from)).headers['cache-control']).toBe('no-store')
  expect(textsOf(ann, 'li')).toEqual(['In Flowdock: Acme / Lunch – up to date'])
  expect((await ann.get('/polls/aaaaaaaaaaaaaaaa/mirrors')).statusCode).toBe(404)
})

test('people who have signed in see the names only, and guests nothing', async () => {
  const poll = await createPoll(ann)
  await mirror(poll, { revision: 0 })
  for (const [browser, expected] of [
    [bob, ['In Flowdock: Acme / Lunch']],
    [guest, []],
  ] as const) {
    await browser.get(poll.path)
    expect(textsOf(browser, '#mirrors li')).toEqual(expected)
    await browser.get(`/polls/${poll.id}/mirrors`)
    expect(textsOf(browser, 'li')).toEqual(expected)
    expect(browser.page?.body).not.toContain('waiting')
  }
  await guest.get(poll.path)
  expect(guest.page?.body).not.toContain('Acme / Lunch')
})

const rows = { day: ['2027-12-24', '2027-12-25'], from: '', to: '', lastDay: '' }

test.each([
  ['single_choice', {}, true],
  ['multiple_choice', { preset: 'multiple_choice' }, true],
  // These threads only lead to the page.
  ['score', { preset: 'score' }, false],
  ['ranked', { preset: 'ranked' }, false],
  ['dates', { preset: 'dates', ...rows }, false],
  ['anonymous', { preset: 'anonymous' }, false],
  ['final votes', { votesFinal: 'on' }, false],
])('a guest is asked about a vote in the chat only where the chat takes votes: %s', async (_kind, fields, isAsked) => {
  const poll = await createPoll(ann, fields)
  const isShown = async (browser: Browser) => {
    await browser.get(poll.path)
    return textsOf(browser, '#voted-in-chat').length > 0
  }
  expect(await isShown(guest)).toBe(false)
  await mirror(poll, { revision: 1 }, { chat: 'a chat that is not configured any more' })
  expect(await isShown(guest)).toBe(false)
  await mirror(poll, { revision: 1 })
  expect([await isShown(guest), await isShown(bob)]).toEqual([isAsked, false])
})

test('the page gets a new version when a chat takes votes', async () => {
  const poll = await createPoll(ann)
  const id = await mirror(poll, { revision: 1 }, { chat: 'a chat that is not configured any more' })
  const { headers } = await guest.get(poll.path)
  await testApp.database.prisma.connection.update({ where: { id }, data: { chat: 'flowdock' } })
  expect((await guest.get(poll.path, { 'if-none-match': String(headers.etag) })).statusCode).toBe(200)
})
