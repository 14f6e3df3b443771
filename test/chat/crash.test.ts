import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { handful, messageUuid } from '../../src/chat/deliver-messages.ts'
import type { DeliveryTiming } from '../../src/chat/timing.ts'
import { readConfig } from '../../src/config.ts'
import { openServices } from '../../src/open.ts'
import type { FaultInput } from '../../src/sandbox/faults/fault.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { InboxEntry } from '../../src/sandbox/state/types.ts'
import {
  createGuest,
  createPoll,
  eventsOf,
  type Guest,
  type LoggedEvent,
  type Poll,
  vote,
} from '../support/api-calls.ts'
import { type ProcessEnvironment, processEnvironment } from '../support/database.ts'
import { startDelivering } from '../support/delivering.ts'
import { openFlowdock, type Paired, pair, postedBy, quickTiming } from '../support/flowdock-app.ts'

const timing: DeliveryTiming = {
  ...quickTiming,
  limits: { atOnce: 32, perGroup: 4, expireSeconds: 5, pollMs: 200 },
  patience: { connectMs: 1_000, totalMs: 1_000 },
}
const kills = 3
/** More answers than this cannot be on their way to a process when it is killed. */
const mostUnderWay = 3 * timing.limits.perGroup

let environment: ProcessEnvironment
let sandbox: Sandbox
let variables: Record<string, string>

beforeEach(async () => {
  const flowdock = await openFlowdock()
  sandbox = flowdock.sandbox
  environment = await processEnvironment()
  variables = {
    ...environment.variables,
    ...{ RATE_LIMIT: 'off', SECRET: 'x'.repeat(32), LOG_LEVEL: 'fatal', FLOWDOCK_API_URL: flowdock.url },
    ...{ FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: 'a secret of the application' },
  }
})

afterEach(async () => {
  await sandbox.app.close()
  await environment.remove()
})

test('while Flowdock fails at random and Polldock is killed three times, every event arrives, in order', async () => {
  const connections = await pairThree()
  let polldock = await startDelivering({ variables, timing })
  const guests = await Promise.all(
    Array.from({ length: 50 }, (_, index) => createGuest(polldock.url, `Guest ${index}`)),
  )
  const polls = await Promise.all(guests.slice(0, 5).map((guest) => createPoll(polldock.url, guest)))
  const faults = vi.spyOn(sandbox.faults, 'take')
  sandbox.faults.set(...whatGoesWrong)

  for (const round of [1, 2, 3, 4]) {
    let left = round > kills ? Number.POSITIVE_INFINITY : 10 + 10 * round
    const cast = async (guest: Guest, index: number): Promise<boolean> => {
      const poll = polls[(index + round) % 5] as Poll
      const isAnswered = await vote(polldock.url, poll, guest, poll.options[(index + round) % 3]?.id ?? '')
      if (isAnswered && --left === 0) await polldock.kill()
      return isAnswered
    }
    const answered = await Promise.all(guests.map(cast))
    if (round > kills) break
    polldock = await startDelivering({ variables, timing })
    await Promise.all(guests.map((guest, index) => answered[index] || cast(guest, index)))
  }

  const logs = new Map(
    await Promise.all(polls.map(async (poll) => [poll.id, await eventsOf(polldock.url, poll)] as const)),
  )
  expect([...logs.values()].flat().length).toBe(5 + 200)
  for (const paired of connections) await untilAllTold(paired, logs)
  const lostReplies = faults.mock.results.filter(({ value }) => value?.kind === 'lose-reply').length
  const repeats = connections.map((paired) => repeatsAmong(paired, logs))
  expect(repeats.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(lostReplies + kills * mostUnderWay)
})

const voting = ['voted', 'vote_changed', 'vote_withdrawn']
const whatGoesWrong: FaultInput[] = [
  { kind: 'reset', path: '/messages', share: 0.08 },
  { kind: 'status', status: 500, path: '/messages', share: 0.08 },
  { kind: 'status', status: 429, retryAfter: 1, path: '/messages', share: 0.04 },
  { kind: 'lose-reply', path: '/messages', share: 0.08 },
  { kind: 'hang', path: '/messages', share: 0.04 },
]

async function pairThree(): Promise<Paired[]> {
  const { services, close } = await openServices(readConfig(variables))
  const connections = [await pair(services, sandbox), await pair(services, sandbox), await pair(services, sandbox)]
  await close()
  return connections
}

type Logs = Map<string, LoggedEvent[]>
/** A message of a connection, and the last event that it tells of. */
type Told = { pollId: string; revision: number; message: InboxEntry }

/** By the uuids, which say for what each message stands. */
function toldBy(paired: Paired, logs: Logs): Told[] {
  const places = new Map<string, Omit<Told, 'message'>>()
  for (const [pollId, log] of logs) {
    for (let revision = 1; revision <= log.length; revision++) {
      places.set(messageUuid(paired.id, pollId, revision), { pollId, revision })
    }
  }
  return postedBy(sandbox, paired).map((message) => {
    const place = places.get(message.uuid ?? '')
    if (!place) throw new Error(`Nobody knows the message ${message.uuid}.`)
    return { ...place, message }
  })
}

async function untilAllTold(paired: Paired, logs: Logs): Promise<void> {
  for (const [pollId, log] of logs) {
    const last = () => toldBy(paired, logs).findLast((told) => told.pollId === pollId)?.revision
    await expect.poll(last, { timeout: 30_000 }).toBe(log.length)
  }
}

/** Every event in order and none missing; a repeat comes at once and says the same. Resolves to how many there were. */
function repeatsAmong(paired: Paired, logs: Logs): number {
  let repeats = 0
  for (const [pollId, log] of logs) {
    let before: Told | undefined
    for (const told of toldBy(paired, logs).filter((one) => one.pollId === pollId)) {
      if (told.revision === before?.revision) {
        repeats += 1
        const { title, body, author, event } = before.message
        expect(told.message).toMatchObject({ title, body, author, event })
      } else {
        expectTold(told, log.slice(before?.revision ?? 0, told.revision))
      }
      before = told
    }
  }
  return repeats
}

/** The message tells of these events: of one as it is, of several as of so many people. */
function expectTold({ message }: Told, events: LoggedEvent[]): void {
  const people = new Set(events.map(({ actor }) => actor.id)).size
  if (events.length === 1) {
    expect(message.author.name).toBe(events[0]?.actor.name)
  } else {
    expect(events.length).toBeGreaterThan(handful)
    expect(events.map(({ type }) => type).filter((type) => !voting.includes(type))).toEqual([])
    expect(message.author.name).toBe(`${people} people`)
  }
}
