import { afterEach, beforeEach, expect, test } from 'vitest'
import { CommentReaders, type ReadingTiming } from '../../src/chat/comments/comment-readers.ts'
import { readFlowdockConfig } from '../../src/chat/flowdock/config.ts'
import { FlowdockReader } from '../../src/chat/flowdock/reading/flowdock-reader.ts'
import { startJobs } from '../../src/jobs/jobs.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { post } from '../../src/sandbox/state/inbox.ts'
import { RunningClock } from '../support/clock.ts'
import {
  confirmation,
  flowCalled,
  openPairedApp,
  type PairedApp,
  pair,
  setupPath,
  sourcesOf,
  through,
  userCalled,
} from '../support/flowdock.ts'
import { quickReading, quickTiming } from '../support/flowdock-app.ts'
import { textOf } from '../support/pages.ts'
import { createPerson, createPoll } from '../support/polls.ts'

/** A look for unread connections every minute: a reader that starts sooner was notified. */
const slowLook: ReadingTiming = { ...quickReading, lookMs: 60_000 }

let paired: PairedApp
let jobs: { stop(): Promise<void> }
let poll: Poll

beforeEach(async () => {
  paired = await openPairedApp({ clock: new RunningClock(), config: { timing: quickTiming, reading: slowLook } })
  jobs = await startJobs(paired.services, paired.app.log)
  poll = await createPoll(paired.services.ballotBox, await createPerson(paired.database))
})

afterEach(async () => {
  await jobs.stop()
  await paired.close()
})

const flow = () => flowCalled(paired, 'main')
const connect = () => pair(paired, paired.browser(), { readComments: 'on', start: 'open-polls' })
const connection = () => paired.database.prisma.connection.findFirstOrThrow()

const threadOfPoll = () =>
  flow()
    .threads.list()
    .find(({ externalUrl }) => externalUrl?.includes(poll.id))

/** Ben writes in the thread of the poll, or in another one; null for outside of threads. */
async function write(content: string, into?: string | null): Promise<void> {
  if (into === undefined) await expect.poll(threadOfPoll).toBeDefined()
  const threadId = into === undefined ? threadOfPoll()?.id : into
  const { status } = await fetch(`${paired.env.FLOWDOCK_API_URL}/flows/acme/main/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${userCalled(paired, 'ben').apiToken}:`).toString('base64')}`,
    },
    body: JSON.stringify({ event: 'message', content, ...(threadId && { thread_id: threadId }) }),
  })
  expect(status).toBeLessThan(300)
}

async function bodies(): Promise<string[]> {
  const comments = await paired.services.polls.comments(poll.id, { limit: 100 })
  return comments.map(({ body }) => body).toReversed()
}

function startReaders(): CommentReaders {
  const { services, database } = paired
  const flowdock = readFlowdockConfig(services.config, services.secrets)
  if (!flowdock) throw new Error('There is no Flowdock.')
  const readers = new Map([['flowdock', new FlowdockReader({ ...flowdock, clock: services.clock })]])
  const started = new CommentReaders({ ...services, prisma: database.prisma, readers }, quickReading)
  started.start(paired.app.log)
  return started
}

test('the stream opens as soon as a flow is connected', async () => {
  await connect()
  await expect.poll(async () => (await connection()).reader).not.toBeNull()
  await write('At once')
  await expect.poll(bodies).toEqual(['At once'])
})

test('what people write before the stream is open, and while it is down, becomes one comment each', async () => {
  await paired.services.commentReaders.stop()
  await write('Before the connection', null)
  await connect()
  const early = Array.from({ length: 35 }, (_, index) => `Early ${index}`)
  for (const content of early) await write(content)
  const first = startReaders()
  await expect.poll(bodies).toEqual(early)
  await first.stop()
  await write('While it is down')
  const second = startReaders()
  await expect.poll(bodies).toEqual([...early, 'While it is down'])
  await second.stop()
})

test('long messages of other threads, which do not fit into one page, hide no comment', async () => {
  await connect()
  await write('First')
  await expect.poll(bodies).toEqual(['First'])
  await paired.services.commentReaders.stop()
  const [source] = sourcesOf(paired)
  if (!source) throw new Error('There is no source.')
  const status = { color: 'green', value: 'open' } as const
  const state = { title: 'Long', body: 'x'.repeat(240_000), externalUrl: null, status, fields: [], actions: [] }
  const said = { event: 'activity', author: { name: 'Ada' }, title: 'wrote', body: null, tags: [], uuid: null } as const
  post(flow(), source, { ...said, into: { externalId: 'long' }, state })
  const thread = flow().threads.find(source, 'long')
  for (let line = 0; line < 30; line += 1) await write(`Line ${line}`, thread?.id)
  await write('Second')
  const readers = startReaders()
  await expect.poll(bodies, { timeout: 5_000 }).toEqual(['First', 'Second'])
  await readers.stop()
})

test('a flow whose messages cannot be read is connected only without its comments', async () => {
  const browser = paired.browser()
  await through(paired, browser, setupPath(paired))
  await browser.follow()
  const confirm = (fields = {}) => browser.post('/flowdock/setup/confirm', { ...confirmation(browser), ...fields })
  const path = '/flows/acme/main/messages'
  for (const status of [503, 403]) {
    paired.sandbox.faults.set({ kind: 'status', status, path, method: 'GET' })
    expect((await confirm({ readComments: 'on' })).statusCode).toBe(status)
    expect(paired.sandbox.world.sources.list(flow().id)).toEqual([])
  }
  expect(textOf(browser, '.error-summary')).toMatch(/Leave out its comments below/)
  expect((await confirm()).statusCode).toBe(303)
  expect(await connection()).toMatchObject({ readCredentials: null, readPosition: null })
})
