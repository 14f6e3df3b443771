import { hrtime } from 'node:process'
import { type HttpGate, openHttpGate } from '../../test/support/http-gate.ts'
import { startMatrix, type TestHomeserver, testRegistration } from '../../test/support/matrix.ts'
import { type MatrixJudge, startJudge } from '../../test/support/matrix-judge.ts'
import type { MatrixPerson, MatrixTestEvent } from '../../test/support/matrix-person.ts'
import { matrixEnvironment } from '../../test/support/matrix-rooms.ts'
import { startSynapse } from '../../test/support/synapse.ts'
import { answerCalls } from './remote.ts'

/** An event that a client has got, and when, by the system's monotonic clock in milliseconds. */
export type Seen = { room: string; type: string; text: string; at: number }
/** Times of that clock: when the request began, and when the homeserver had the message. */
export type ChatVote = { sentAt: number; answeredAt: number }

const serverName = 'chat.test'
const bot = `@polldock:${serverName}`
const atOnce = 8
const startType = 'org.matrix.msc3381.poll.start'
const registration = testRegistration()

let gate: HttpGate
let server: TestHomeserver
let ann: MatrixPerson
let client: MatrixJudge
let voters: MatrixPerson[] = []
const seen: Seen[] = []

const now = () => Number(hrtime.bigint()) / 1e6

const calls = {
  /** The variables of a Polldock that uses the homeserver, which starts later. */
  async prepare(): Promise<Record<string, string>> {
    gate = await openHttpGate()
    return matrixEnvironment({ registration, serverName, url: gate.url })
  },

  /** Starts the homeserver: Synapse with this Python, or the stand-in without one. */
  async start({ python, polldock }: { python: string | undefined; polldock: string }): Promise<void> {
    registration.url = polldock
    server = await (python
      ? startSynapse(python, { registration, isLimited: false })
      : startMatrix({ registration, second: 1_000, limits: { events: 100_000 } }))
    gate.leadTo(server.url)
    ann = await server.person('Ann')
    client = await startJudge(ann)
    client.onEvent((room, event) => seen.push({ room, ...event, at: now() }))
  },

  /** Rooms that the bot was invited to and has joined. Only a moderator shows native polls. */
  async makeRooms({ count, isModerator }: { count: number; isModerator: boolean }): Promise<string[]> {
    const rooms: string[] = []
    const levels = isModerator ? { power_level_content_override: { users: { [bot]: 50 } } } : {}
    const asked = { preset: 'public_chat', invite: [bot], ...levels }
    for (let made = 0; made < count; made++) rooms.push(await ann.createRoom(asked))
    for (const room of rooms) await until(() => isIn(room))
    return rooms
  },

  /** Adds people to the room, who have not voted yet. */
  async addVoters({ room, count }: { room: string; count: number }): Promise<void> {
    for (let added = 0; added < count; added += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, count - added) }, async (_, index) => {
        const person = await server.person(`Voter${voters.length + index}`)
        await person.join(room)
        return person
      })
      voters = [...voters, ...(await Promise.all(some))]
    }
  },

  /** The native poll of the poll with this path. */
  nativePollOf({ room, path }: { room: string; path: string }): Promise<string> {
    const isStart = ({ type, sender, content }: MatrixTestEvent) =>
      type === startType && sender === bot && JSON.stringify(content).includes(path)
    return until(async () => (await ann.messages(room)).find(isStart)?.event_id)
  },

  /** A vote in a native poll by each of these voters, as many at a time as `connections`. */
  async vote({ room, poll, options, from, count, connections }: NativeVotes): Promise<ChatVote[]> {
    const waiting = voters.slice(from, from + count)
    const votes: ChatVote[] = []
    const work = async () => {
      for (let person = waiting.shift(); person; person = waiting.shift()) {
        const sentAt = now()
        await person.vote(room, poll, [options[waiting.length % options.length] as string])
        votes.push({ sentAt, answeredAt: now() })
      }
    }
    await Promise.all(Array.from({ length: connections }, work))
    return votes
  },

  /** What the client got since the last call. */
  seen(): Seen[] {
    return seen.splice(0)
  },

  /** What Polldock sends to this room gets no answer; undefined ends that. */
  hang(room: string | undefined): void {
    const path = room && `/rooms/${encodeURIComponent(room)}/send/`
    gate.decide((asked) => (path && asked.includes(path) ? 'hang' : 'pass'))
  },

  async close(): Promise<void> {
    client?.close()
    await server?.close()
    await gate?.close()
  },
}

export type NativeVotes = {
  room: string
  poll: string
  options: readonly string[]
  from: number
  count: number
  connections: number
}
export type MatrixCalls = typeof calls
answerCalls(calls)

async function isIn(room: string): Promise<boolean> {
  return (await ann.state(room, 'm.room.member', bot)).membership === 'join'
}

async function until<Value>(look: () => Promise<Value>): Promise<NonNullable<Value>> {
  for (const deadline = now() + 60_000; now() < deadline; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const found = await look()
    if (found) return found
  }
  throw new Error(`This did not happen within a minute: ${look}`)
}
