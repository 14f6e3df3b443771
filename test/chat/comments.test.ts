import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CommentReaders } from '../../src/chat/comments/comment-readers.ts'
import { readFlowdockConfig } from '../../src/chat/flowdock/config.ts'
import { FlowdockReader } from '../../src/chat/flowdock/reading/flowdock-reader.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { type FlowdockApp, openFlowdockApp, type Paired, quickReading } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

let app: FlowdockApp
let ada: PersonName
let url: string

beforeEach(async () => {
  app = await openFlowdockApp()
  ada = await createPerson(app.database)
  url = `http://127.0.0.1:${(app.sandbox.app.server.address() as AddressInfo).port}`
})

afterEach(() => app.close())

const flow = () => app.sandbox.world.flowNamed('acme', 'main')
const ben = () => app.sandbox.world.users.find(({ nick }) => nick === 'Ben')

/** A connection that is read, and one that is not, in another room. */
async function pairReading(): Promise<{ paired: Paired; other: Paired }> {
  const paired = await app.pair()
  const flowdock = readFlowdockConfig(app.services.config, app.services.secrets)
  const maija = app.sandbox.world.users.find(({ nick }) => nick === 'Maija')
  const grant = { grant_type: 'password', username: maija?.email ?? '', password: maija?.password ?? '' }
  const client = { client_id: flowdock?.clientId ?? '', client_secret: flowdock?.clientSecrets[0] ?? '' }
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ ...grant, ...client, scope: 'flow offline_access' }),
  })
  const { refresh_token: refreshToken } = (await answer.json()) as { refresh_token: string }
  const tokens = { accessToken: 'expired', refreshToken, expiresAt: 0 }
  const readCredentials = await app.services.credentials.seal(JSON.stringify(tokens))
  await change(paired, { readCredentials, address: { flowPath: '/flows/acme/main', sourcePath: '' } })
  await expect.poll(async () => (await app.connection(paired)).readPosition).not.toBeNull()
  const other = await app.pair()
  await change(other, { roomName: 'Acme / Elsewhere' })
  return { paired, other }
}

const change = ({ id }: Paired, data: object) => app.database.prisma.connection.update({ where: { id }, data })

async function write(paired: Paired, content: string): Promise<void> {
  await expect.poll(() => app.threads(paired).length).toBe(1)
  const [thread] = app.threads(paired)
  const { status } = await fetch(`${url}/flows/acme/main/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${ben()?.apiToken}:`).toString('base64')}`,
    },
    body: JSON.stringify({ event: 'message', content, thread_id: thread?.id }),
  })
  expect(status).toBeLessThan(300)
}

const commentsOf = (pollId: string) => app.services.polls.comments(pollId, { limit: 20 })
const bodies = async (pollId: string) => (await commentsOf(pollId)).map(({ body }) => body).toReversed()

test('what people write in the thread becomes a comment, which goes to the other rooms only', async () => {
  const { paired, other } = await pairReading()
  const poll = await app.newPoll(ada)
  await write(paired, 'I am allergic to cheese')
  await expect.poll(() => bodies(poll.id)).toEqual(['I am allergic to cheese'])
  const [comment] = await commentsOf(poll.id)
  expect(comment).toMatchObject({ author: { name: 'Ben Okafor' }, from: { chat: 'flowdock', room: 'Acme / Main' } })
  await expect.poll(() => app.titles(other)).toEqual(['asks: Where to eat lunch?', 'commented'])
  await app.submit(poll, { by: ada, type: 'comment', body: 'Noted' })
  await expect.poll(() => app.titles(other)).toHaveLength(3)
  await expect.poll(() => app.titles(paired)).toEqual(['asks: Where to eat lunch?', 'commented'])
  expect(await bodies(poll.id)).toEqual(['I am allergic to cheese', 'Noted'])
})

test('the author is the person with the account, now or after the next sign-in', async () => {
  const { paired } = await pairReading()
  const poll = await app.newPoll(ada)
  await write(paired, 'Before')
  await expect.poll(() => bodies(poll.id)).toEqual(['Before'])
  const account = { chat: 'flowdock', accountId: String(ben()?.id), email: null, avatarUrl: null, name: 'Ben' }
  const linked = await app.services.chatAccounts.signIn(account, undefined)
  await write(paired, 'After')
  await expect.poll(() => bodies(poll.id)).toEqual(['Before', 'After'])
  expect((await commentsOf(poll.id)).map(({ author }) => author.id)).toEqual([linked.id, linked.id])
})

test('a stream that breaks, and messages written meanwhile, lose and repeat nothing', async () => {
  const { paired } = await pairReading()
  const poll = await app.newPoll(ada)
  await write(paired, 'One')
  await expect.poll(() => bodies(poll.id)).toEqual(['One'])
  app.sandbox.faults.set({ kind: 'status', status: 503, path: '/flows' })
  await app.services.commentReaders.stop()
  await change(paired, { readPosition: '0' })
  await write(paired, 'Two').catch(() => {})
  app.sandbox.faults.clear()
  await write(paired, 'Three')
  // Two processes, which may both believe that it is their turn.
  const readers = [newReaders(), newReaders()]
  for (const reader of readers) reader.start(app.app.log)
  await expect.poll(() => bodies(poll.id)).toContain('Three')
  await write(paired, 'Four')
  await expect.poll(async () => (await bodies(poll.id)).at(-1)).toBe('Four')
  expect((await bodies(poll.id)).filter((body) => body === 'One')).toHaveLength(1)
  expect(await app.database.prisma.commentOrigin.count()).toBe((await bodies(poll.id)).length)
  for (const reader of readers) await reader.stop()
})

function newReaders(): CommentReaders {
  const { services, database } = app
  const flowdock = readFlowdockConfig(services.config, services.secrets)
  if (!flowdock) throw new Error('There is no Flowdock.')
  const reader = new FlowdockReader({ ...flowdock, clock: services.clock })
  const context = { ...services, prisma: database.prisma, readers: new Map([['flowdock', reader]]) }
  return new CommentReaders(context, quickReading)
}

test('one process at a time reads a connection, and another takes over', async () => {
  const { paired } = await pairReading()
  const first = (await app.connection(paired)).reader
  const other = newReaders()
  other.start(app.app.log)
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect((await app.connection(paired)).reader).toBe(first)
  await app.services.commentReaders.stop()
  await expect.poll(async () => (await app.connection(paired)).reader).not.toBeNull()
  expect((await app.connection(paired)).reader).not.toBe(first)
  await other.stop()
})

test('a token that Flowdock does not accept any more is forgotten, with a reason', async () => {
  const paired = await app.pair()
  const tokens = JSON.stringify({ accessToken: 'no', refreshToken: 'no', expiresAt: 0 })
  const readCredentials = await app.services.credentials.seal(tokens)
  await change(paired, { readCredentials, address: { flowPath: '/flows/acme/main', sourcePath: '' } })
  await expect.poll(async () => (await app.connection(paired)).readCredentials).toBeNull()
  expect((await app.connection(paired)).readError).toMatch(/does not accept the token any more/)
})

test('other messages of the flow, and polls that the connection does not mirror, get no comment', async () => {
  const { paired } = await pairReading()
  const poll = await app.newPoll(ada)
  await expect.poll(() => app.threads(paired).length).toBe(1)
  await app.database.prisma.mirror.updateMany({ where: { connectionId: paired.id }, data: { finalRevision: 1 } })
  await write(paired, 'Unheard')
  const [last] = flow()?.messages.list().slice(-1) ?? []
  await app.services.commentReaders.stop()
  const again = newReaders()
  again.start(app.app.log)
  await expect
    .poll(async () => Number((await app.connection(paired)).readPosition))
    .toBeGreaterThanOrEqual(last?.id ?? 0)
  expect(await bodies(poll.id)).toEqual([])
  await again.stop()
})
