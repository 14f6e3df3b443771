import { beforeEach, expect, test } from 'vitest'
import type { Chat, Entry, Outcome } from '../../src/chat/chat.ts'
import { eventKinds } from '../../src/chat/wording.ts'
import { startJobs } from '../../src/jobs/jobs.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { RunningClock } from '../support/clock.ts'
import { quickTiming } from '../support/flowdock-app.ts'
import { createPerson, createPoll } from '../support/polls.ts'

/** A chat that gives each thread a number, and counts its messages. */
class CountingChat implements Chat {
  readonly description = {
    key: 'counting',
    name: 'Counting',
    room: 'room',
    fullRoom: 'a room',
    connectPath: '/connections',
    formOrigins: [],
  }
  readonly settings = [
    { name: 'bold', label: 'Bold', initial: true },
    { name: 'loud', label: 'Loud', initial: false },
    { name: 'long', label: 'Long', initial: true },
  ]
  readonly delivered: Pick<Entry, 'thread' | 'connection'>[] = []
  readonly answers: Outcome[] = []
  takesVotes = () => false
  showError = async () => true
  close = async () => {}

  async deliver(_credentials: string, { thread, connection }: Entry): Promise<Outcome> {
    this.delivered.push({ thread, connection })
    const count = ((thread?.data as { count: number } | undefined)?.count ?? 0) + 1
    return this.answers.shift() ?? { kind: 'sent', thread: { id: 'number 7', data: { count } } }
  }
}

const app = await closedAtEnd(openAppWithJobs())
const { services, database } = app
const ann = await createPerson(database)
let chat: CountingChat
let connectionId: string

async function openAppWithJobs() {
  const testApp = await openTestApp({ config: { timing: quickTiming }, clock: new RunningClock() })
  const jobs = await startJobs(testApp.services, testApp.app.log)
  const close = async () => {
    await jobs.stop()
    await testApp.close()
  }
  return { ...testApp, close }
}

beforeEach(async () => {
  chat = new CountingChat()
  const chats = services.chats as Map<string, Chat>
  chats.set('counting', chat)
  await database.prisma.connection.updateMany({ data: { status: 'disconnected' } })
  connectionId = await services.connections.create({
    chat: 'counting',
    name: 'Polldock',
    roomName: 'Lunch',
    roomUrl: null,
    externalId: 'room 1',
    address: { room: 'one' },
    credentials: await services.credentials.seal('token'),
    categories: [],
    eventKinds: [...eventKinds],
    chatSettings: { loud: true, long: false },
    createdBy: ann,
    start: 'new-polls',
  })
})

const comment = (pollId: string) =>
  services.ballotBox.submit({ pollId, command: { type: 'comment', by: ann, body: 'Hungry' } })

async function expectStored(pollId: string, expected: object): Promise<void> {
  const where = { pollId_connectionId: { pollId, connectionId } }
  const select = { threadId: true, threadData: true, revision: true }
  const stored = () => database.prisma.mirror.findUniqueOrThrow({ where, select })
  await expect.poll(stored).toEqual(expected)
}

test('a chat gets with each message what it returned with the one before, and the connection with all settings', async () => {
  const poll = await createPoll(services.ballotBox, ann)
  await expectStored(poll.id, { threadId: 'number 7', threadData: { count: 1 }, revision: 1 })
  await comment(poll.id)
  await expectStored(poll.id, { threadId: 'number 7', threadData: { count: 2 }, revision: 2 })
  const settings = { bold: true, loud: true, long: false }
  const connection = { id: connectionId, externalId: 'room 1', address: { room: 'one' }, settings }
  expect(chat.delivered).toEqual([
    { connection, thread: undefined },
    { connection, thread: { id: 'number 7', data: { count: 1 } } },
  ])
})

test('what a chat does not return again stays, and data can be left out', async () => {
  chat.answers.push({ kind: 'sent', thread: { id: 'number 9' } }, { kind: 'sent' })
  const poll = await createPoll(services.ballotBox, ann)
  await expectStored(poll.id, { threadId: 'number 9', threadData: null, revision: 1 })
  await comment(poll.id)
  await expectStored(poll.id, { threadId: 'number 9', threadData: null, revision: 2 })
})

test('a message whose answer is lost is posted again with the earlier thread', async () => {
  chat.answers.push({ kind: 'sent', thread: { id: 'number 9' } }, { kind: 'later', reason: 'No answer.' })
  const poll = await createPoll(services.ballotBox, ann)
  await comment(poll.id)
  await expectStored(poll.id, { threadId: 'number 7', threadData: { count: 1 }, revision: 2 })
  expect(chat.delivered.map(({ thread }) => thread?.id)).toEqual([undefined, 'number 9', 'number 9'])
})

test('a first message that is accepted only when a person posts it again starts the thread', async () => {
  chat.answers.push({ kind: 'invalid', reason: 'Too long.' })
  const poll = await createPoll(services.ballotBox, ann)
  await expectStored(poll.id, { threadId: null, threadData: null, revision: 1 })
  await database.prisma.rejection.updateMany({ data: { resend: true } })
  await services.delivery.changed(connectionId)
  await expectStored(poll.id, { threadId: 'number 7', threadData: { count: 1 }, revision: 1 })
})

test('the poll of a thread is found by the thread, until the connection has ended', async () => {
  const poll = await createPoll(services.ballotBox, ann)
  await expectStored(poll.id, { threadId: 'number 7', threadData: { count: 1 }, revision: 1 })
  const { connections } = services
  const connection = { id: connectionId, roomName: 'Lunch' }
  expect(await connections.threadOf('counting', 'room 1', 'number 7')).toMatchObject({ pollId: poll.id, connection })
  expect(await connections.threadOf('other', 'room 1', 'number 7')).toBeNull()
  expect(await connections.threadOf('counting', 'room 2', 'number 7')).toBeNull()
  expect(await connections.threadOf('counting', 'room 1', 'number 8')).toBeNull()
  await connections.disconnect(connectionId)
  expect(await connections.threadOf('counting', 'room 1', 'number 7')).toBeNull()
})
