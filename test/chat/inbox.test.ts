import type { PgBoss } from 'pg-boss'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import {
  Inbox,
  type InboxChat,
  type InboxMessage,
  type InboxTiming,
  InvalidMessage,
} from '../../src/chat/inbox/inbox.ts'
import type { PushedMessage } from '../../src/chat/inbox/inbox-store.ts'
import { startBoss } from '../../src/jobs/boss.ts'
import { cleanUp } from '../../src/jobs/jobs.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { day, RunningClock, second } from '../support/clock.ts'

const timing: InboxTiming = {
  limits: { atOnce: 8, perGroup: 8, expireSeconds: 2, pollMs: 100 },
  sweepMs: 300,
  searchMs: 3_600_000,
  backoff: { firstMs: 10, maxMs: 20 },
  maxAttempts: 4,
}
const clock = new RunningClock()
let app: TestApp
let boss: PgBoss
let chats = 0
let chat = ''

beforeAll(async () => {
  app = await openTestApp({ clock })
  boss = await startBoss(app.database, app.app.log, 1)
})

beforeEach(() => {
  chat = `chat-${++chats}`
})

afterAll(async () => {
  await boss.stop({ close: false, timeout: 1_000 })
  await app.close()
})

const at = (id: string, fields: Partial<PushedMessage> = {}): PushedMessage => ({
  ...{ id, room: 'room', topic: null, sentAt: clock.now(), content: { text: id } },
  ...fields,
})

/** Several with the same chat stand for several processes. */
async function open(handling: InboxChat, maxWaiting?: number): Promise<Inbox> {
  const inbox = new Inbox(app.database.prisma, clock.now, timing, undefined, maxWaiting)
  inbox.register(chat, handling)
  await inbox.start(boss, app.app.log)
  onTestFinished(() => inbox.stop())
  return inbox
}

/** Notes what it handles. */
function noting(more: Partial<InboxChat> = {}) {
  const handled: string[] = []
  const handle: InboxChat['handle'] = async ({ id }) => void handled.push(id)
  return { handled, handling: { handle, ...more } }
}

const rows = () => app.database.prisma.inboxMessage.findMany({ where: { chat }, orderBy: { id: 'asc' } })
const state = () => app.database.prisma.inboxState.findUnique({ where: { chat } })
const settled = () => expect.poll(async () => (await rows()).every(({ doneAt }) => doneAt)).toBe(true)

test('messages are handled in the order in which they came, and then lose their content', async () => {
  const { handled, handling } = noting()
  const inbox = await open(handling)
  const ids = Array.from({ length: 250 }, (_, index) => `m${index}`)
  await inbox.receive(chat, { messages: ids.slice(0, 100).map((id) => at(id)) })
  await inbox.receive(chat, { messages: ids.slice(100).map((id) => at(id)) })
  await expect.poll(() => handled.length).toBe(250)
  expect(handled).toEqual(ids)
  await settled()
  expect((await rows()).map(({ content }) => content)).toEqual(ids.map(() => null))
})

test('a message that comes twice is handled once', async () => {
  const { handled, handling } = noting()
  const inbox = await open(handling)
  expect(await inbox.receive(chat, { messages: [at('one'), at('one')] })).toBe(true)
  await settled()
  expect(await inbox.receive(chat, { messages: [at('one'), at('two')] })).toBe(true)
  await expect.poll(() => handled).toEqual(['one', 'two'])
})

test('messages that were stored before a crash are handled after the start', async () => {
  const stopped = new Inbox(app.database.prisma, clock.now, timing)
  expect(await stopped.receive(chat, { messages: [at('one')] })).toBe(true)
  const { handled, handling } = noting()
  await open(handling)
  await expect.poll(() => handled).toEqual(['one'])
})

test('of two processes, one at a time handles the messages of a room', async () => {
  let running = 0
  const seen: string[] = []
  const handle = async ({ id }: InboxMessage) => {
    expect(++running).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    seen.push(id)
    running -= 1
  }
  const [one, other] = [await open({ handle }), await open({ handle })]
  const ids = Array.from({ length: 20 }, (_, index) => `m${index}`)
  for (const [index, id] of ids.entries()) await (index % 2 ? one : other).receive(chat, { messages: [at(id)] })
  await expect.poll(() => seen).toEqual(ids)
})

test('a message that fails is tried again, and the messages of its room wait behind it', async () => {
  let failures = 2
  const seen: string[] = []
  const inbox = await open({
    handle: async ({ id }) => {
      if (id === 'bad' && failures-- > 0) throw new Error('Not now')
      seen.push(id)
    },
  })
  await inbox.receive(chat, { messages: [at('bad'), at('next'), at('elsewhere', { room: 'other' })] })
  await expect.poll(() => seen.toSorted()).toEqual(['bad', 'elsewhere', 'next'])
  expect(seen.indexOf('bad')).toBeLessThan(seen.indexOf('next'))
})

test('a message that always fails is set aside, and the room continues', async () => {
  const { handled } = noting()
  const inbox = await open({
    handle: async ({ id }) => {
      if (id === 'bad') throw new Error('Never')
      handled.push(id)
    },
  })
  await inbox.receive(chat, { messages: [at('bad'), at('next')] })
  await expect.poll(() => handled).toEqual(['next'])
  await settled()
  expect((await rows()).find(({ id }) => id === 'bad')).toMatchObject({ content: null })
})

test('a message that can never be handled is set aside at once', async () => {
  const tried: string[] = []
  const inbox = await open({
    handle: async ({ id }) => {
      tried.push(id)
      if (id === 'bad') throw new InvalidMessage('No such thing')
    },
  })
  await inbox.receive(chat, { messages: [at('bad'), at('next')] })
  await settled()
  expect(tried).toEqual(['bad', 'next'])
})

test('a full inbox stores nothing, and takes messages again once there is room', async () => {
  let isBusy = true
  const { handled } = noting()
  const handle = async ({ id }: InboxMessage) => {
    if (isBusy) throw new Error('Busy')
    handled.push(id)
  }
  const inbox = await open({ handle }, 2)
  expect(await inbox.receive(chat, { number: 1, messages: [at('one'), at('two')] })).toBe(true)
  expect(await inbox.receive(chat, { number: 2, messages: [at('three')] })).toBe(false)
  expect((await rows()).map(({ id }) => id)).toEqual(['one', 'two'])
  expect((await state())?.request).toBe(1)
  isBusy = false
  await expect.poll(() => inbox.receive(chat, { number: 2, messages: [at('three')] })).toBe(true)
  await expect.poll(() => handled).toEqual(['one', 'two', 'three'])
})

test('of one topic, a message that was sent before a handled one does not count any more', async () => {
  const { handled, handling } = noting()
  const inbox = await open(handling)
  const [before, now] = [new Date(clock.now().getTime() - second), clock.now()]
  await inbox.receive(chat, { messages: [at('later', { topic: 'vote', sentAt: now })] })
  await settled()
  await inbox.receive(chat, {
    messages: [at('late', { topic: 'vote', sentAt: before }), at('other', { topic: 'else', sentAt: before })],
  })
  await settled()
  expect(handled).toEqual(['later', 'other'])
})

test('messages of different topics are handled at the same time, those of one topic in order', async () => {
  const events: string[] = []
  const inbox = await open({
    handle: async ({ id }) => {
      events.push(`start ${id}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      events.push(`end ${id}`)
    },
  })
  await inbox.receive(chat, {
    messages: [at('a1', { topic: 'a' }), at('b1', { topic: 'b' }), at('a2', { topic: 'a' }), at('last')],
  })
  await expect.poll(() => events).toContain('end last')
  expect(events.slice(0, 2)).toEqual(['start a1', 'start b1'])
  expect(events.indexOf('start a2')).toBeGreaterThan(events.indexOf('end a1'))
  expect(events.at(-2)).toBe('start last')
})

test('text that the database refuses as JSON is kept as it is', async () => {
  const seen: unknown[] = []
  const inbox = await open({ handle: async ({ content }) => void seen.push(content) })
  const content = { text: 'a\u0000b \ud800' }
  await inbox.receive(chat, { messages: [at('odd', { content })] })
  await expect.poll(() => seen).toEqual([content])
})

test('after a start, and when numbers of requests start again, rooms are searched for what was missed', async () => {
  const reads: { room: string; since: Date }[] = []
  const missed: NonNullable<InboxChat['missed']> = {
    rooms: async () => ['r1', 'r2'],
    read: async (room, since) => {
      reads.push({ room, since })
      return [at(`${room}-missed-${reads.length}`, { room })]
    },
  }
  const { handled, handling } = noting({ missed })
  const inbox = await open(handling)
  await expect.poll(() => reads.map(({ room }) => room)).toEqual(['r1', 'r2'])
  await expect.poll(() => handled.length).toBe(2)
  await expect.poll(async () => (await state())?.missingSince).toBeNull()
  const before = clock.now()
  await inbox.receive(chat, { number: 7, messages: [at('x')] })
  await inbox.receive(chat, { number: 8, messages: [at('y')] })
  const after = clock.now()
  expect((await state())?.missingSince).toBeNull()
  await inbox.receive(chat, { number: 1, messages: [at('z')] })
  await expect.poll(() => reads.length).toBe(4)
  const { since = new Date(0) } = reads[2] ?? {}
  expect(since.getTime()).toBeGreaterThanOrEqual(before.getTime())
  expect(since.getTime()).toBeLessThanOrEqual(after.getTime() + second)
  await expect.poll(async () => (await state())?.missingSince).toBeNull()
  await expect.poll(() => handled.length).toBe(7)
})

test('a request that is repeated, so its chat may have stopped without the answer, starts a search too', async () => {
  let reads = 0
  const read = async () => {
    reads += 1
    return []
  }
  const missed = { rooms: async () => ['r1'], read }
  const inbox = await open(noting({ missed }).handling)
  await expect.poll(async () => (await state())?.searchedAt).toBeTruthy()
  await inbox.receive(chat, { number: 8, messages: [at('y')] })
  await inbox.receive(chat, { number: 9, messages: [at('z')] })
  expect(reads).toBe(1)
  await inbox.receive(chat, { number: 9, messages: [at('z')] })
  await expect.poll(() => reads).toBe(2)
})

test('rooms are searched again after a while, as not every loss shows', async () => {
  let reads = 0
  const read = async () => {
    reads += 1
    return []
  }
  const missed = { rooms: async () => ['r1'], read }
  const inbox = new Inbox(app.database.prisma, clock.now, { ...timing, sweepMs: 50, searchMs: 400 })
  inbox.register(chat, noting({ missed }).handling)
  await inbox.start(boss, app.app.log)
  onTestFinished(() => inbox.stop())
  await expect.poll(() => reads).toBeGreaterThan(2)
})

test('a search that fails continues with the room where it failed', async () => {
  const reads: string[] = []
  let failures = 1
  const { handled, handling } = noting({
    missed: {
      rooms: async () => ['r1', 'r2'],
      read: async (room) => {
        reads.push(room)
        if (room === 'r2' && failures-- > 0) throw new Error('Not now')
        return [at(`${room}-missed`, { room })]
      },
    },
  })
  await open(handling)
  await expect.poll(() => handled.toSorted()).toEqual(['r1-missed', 'r2-missed'])
  expect(reads).toEqual(['r1', 'r2', 'r2'])
})

test('messages that were handled two weeks ago are deleted, those that wait are kept', async () => {
  const { handled, handling } = noting()
  const inbox = await open(handling)
  await inbox.receive(chat, { messages: [at('one')] })
  await expect.poll(() => handled).toEqual(['one'])
  await settled()
  await inbox.stop()
  await inbox.receive(chat, { messages: [at('waiting')] })
  await cleanUp(app.database.prisma, new Date(clock.now().getTime() + 13 * day))
  expect((await rows()).map(({ id }) => id)).toEqual(['one', 'waiting'])
  await cleanUp(app.database.prisma, new Date(clock.now().getTime() + 15 * day))
  expect((await rows()).map(({ id }) => id)).toEqual(['waiting'])
})
