import { setTimeout as sleep } from 'node:timers/promises'
import type { InboxTiming } from '../../src/chat/inbox/inbox.ts'
import { eventKinds } from '../../src/chat/wording.ts'
import { startJobs } from '../../src/jobs/jobs.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { openTestApp, type TestApp } from './app.ts'
import { RunningClock } from './clock.ts'
import { quickTiming } from './flowdock-app.ts'
import { type MatrixStandIn, startMatrix, type TestHomeserver } from './matrix.ts'
import type { MatrixPerson, MatrixTestEvent } from './matrix-person.ts'
import { matrixEnvironment } from './matrix-rooms.ts'
import { type Asked, createPerson, createPoll } from './polls.ts'

/** The timing of production, shortened for tests. */
export const quickInbox: InboxTiming = {
  limits: { atOnce: 8, perGroup: 8, expireSeconds: 5, pollMs: 100 },
  sweepMs: 500,
  searchMs: 3_600_000,
  backoff: { firstMs: 20, maxMs: 100 },
  maxAttempts: 50,
}

/** The app and a homeserver, each a server, with all background jobs of the app. */
export type AppAtHomeserver = TestApp & {
  url: string
  bot: string
  /** A room of this person that is connected, with the bot in it. */
  connectedRoom(person: MatrixPerson, categories?: string[]): Promise<{ room: string; connection: string }>
  /** A new poll, and the first message of its thread in the room. */
  postedPoll(room: string, by: PersonName, asked?: Asked): Promise<{ poll: Poll; root: string }>
  /** What the bot has said in the room, the oldest first. */
  said(person: MatrixPerson, room: string): Promise<string[]>
}

/** The app at a stand-in that pushes to it. */
export type MatrixApp = AppAtHomeserver & {
  server: MatrixStandIn
  /** Waits until nothing is left to push or to handle. */
  settled(): Promise<void>
}

/** The app with a connected room in which two people are. */
export async function openMatrixRoom() {
  const app = await openMatrixApp()
  const [ann, ben] = [await app.server.person('Ann'), await app.server.person('Ben')]
  const { room } = await app.connectedRoom(ann)
  await ann.invite(room, ben.userId)
  await ben.join(room)
  return { ...app, ann, ben, room }
}

export async function openMatrixApp(): Promise<MatrixApp> {
  const server = await startMatrix()
  const app = await openAppAt(server)
  const { database, url } = app
  server.pushTo(url)
  return {
    ...{ ...app, server },
    settled: async () => {
      const waiting = async () =>
        server.pusher.backlog + (await database.prisma.inboxMessage.count({ where: { doneAt: null } }))
      // Between two looks an event may be neither here nor there.
      for (let looks = 0; looks < 3; looks++) await until(async () => (await waiting()) === 0)
    },
  }
}

/** Opens the app at any homeserver, which it closes at its end. @param port where the homeserver pushes to, if it is fixed */
export async function openAppAt(server: TestHomeserver, port?: number): Promise<AppAtHomeserver> {
  const clock = new RunningClock()
  const env = matrixEnvironment(server)
  const app = await openTestApp({ env, config: { timing: quickTiming, inbox: quickInbox }, clock })
  const { services, database } = app
  const url = await app.listen(port)
  const jobs = await startJobs(services, app.app.log)
  const bot = server.userId('polldock')

  async function connectedRoom(person: MatrixPerson, categories: string[] = []) {
    const room = await person.createRoom({ invite: [bot], preset: 'private_chat' })
    const isIn = async () => (await person.state(room, 'm.room.member', bot)).membership === 'join'
    await until(isIn)
    const connection = await services.connections.create({
      ...{ chat: 'matrix', name: 'Polls', roomName: 'Lunch room', roomUrl: null, externalId: room, address: { room } },
      ...{ categories, eventKinds: [...eventKinds], start: 'new-polls' },
      credentials: await services.credentials.seal(room),
      createdBy: await createPerson(database),
    })
    return { room, connection }
  }

  return {
    ...app,
    ...{ url, bot, connectedRoom },
    postedPoll: async (room, by, asked) => {
      const poll = await createPoll(services.ballotBox, by, asked)
      const where = { pollId: poll.id, connection: { externalId: room } }
      const root = async () => (await database.prisma.mirror.findFirst({ where }))?.threadId
      return { poll, root: (await until(root)) as string }
    },
    said: async (person, room) => (await person.messages(room)).filter(isSaidBy(bot)).map(bodyOf),
    close: async () => {
      await jobs.stop()
      await app.close()
      await server.close()
    },
  }
}

function isSaidBy(account: string) {
  return ({ type, sender }: MatrixTestEvent) => type === 'm.room.message' && sender === account
}

function bodyOf({ content }: MatrixTestEvent): string {
  return String(content.body)
}

/** Waits until something holds. @returns it */
async function until<Value>(look: () => Promise<Value>): Promise<Value> {
  const deadline = performance.now() + 15_000
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`This did not happen: ${look}`)
    await sleep(20)
  }
}
