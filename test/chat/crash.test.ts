import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import type { FaultInput } from '../../src/sandbox/faults/fault.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { openServices } from '../../src/services.ts'
import { type ApiPoll, createGuest, createPoll, eventsOf, type Guest, vote } from '../support/api-calls.ts'
import { type ProcessEnvironment, processEnvironment } from '../support/database.ts'
import { repeatsAmong, untilAllDelivered } from '../support/delivered.ts'
import { startDelivering } from '../support/delivering.ts'
import { openFlowdock, type Paired, pair, quickTiming } from '../support/flowdock-app.ts'

const timing = quickTiming
const kills = 3
/** The maximum number of responses on their way to a process when it is killed. */
const maxUnderWay = 3 * timing.limits.perGroup
/** On a busy machine, this many responses come after the timeout. */
const maxLate = 60

let environment: ProcessEnvironment
let sandbox: Sandbox
let variables: Record<string, string>

beforeEach(async ({ onTestFinished }) => {
  const flowdock = await openFlowdock()
  sandbox = flowdock.sandbox
  environment = await processEnvironment()
  // Once the processes have ended, which the tests start later.
  onTestFinished(() => environment.remove())
  variables = {
    ...environment.variables,
    ...{ RATE_LIMIT: 'off', SECRET: 'x'.repeat(32), LOG_LEVEL: 'fatal', FLOWDOCK_API_URL: flowdock.url },
    ...{ FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: 'a secret of the application' },
  }
})

afterEach(() => sandbox.app.close())

test('every event arrives in order while Flowdock fails at random and Polldock is killed three times', async () => {
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
      const poll = polls[(index + round) % 5] as ApiPoll
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
  for (const paired of connections) await untilAllDelivered(sandbox, paired, logs)
  const lostReplies = faults.mock.results.filter(({ value }) => value?.kind === 'lose-reply').length
  const repeats = connections.map((paired) => repeatsAmong(sandbox, paired, logs))
  expect(repeats.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(lostReplies + kills * maxUnderWay + maxLate)
})

const isPostgres = inject('database').kind === 'postgres'
test.runIf(isPostgres)('another process finishes the delivery of a killed one', async () => {
  const [paired] = await pairThree()
  const patient = { ...quickTiming, timeouts: { connectMs: 10_000, totalMs: 10_000 } }
  const first = await startDelivering({ variables, timing: patient })
  const guest = await createGuest(first.url, 'Ann')
  const faults = vi.spyOn(sandbox.faults, 'take')
  sandbox.faults.set({ kind: 'hang', path: '/messages' })
  const poll = await createPoll(first.url, guest)
  await expect.poll(() => faults.mock.results.length).toBe(3)
  const other = await startDelivering({ variables, timing: patient })
  sandbox.faults.clear()
  await first.kill()
  const logs = new Map([[poll.id, await eventsOf(other.url, poll)]])
  await untilAllDelivered(sandbox, paired as Paired, logs)
  expect(repeatsAmong(sandbox, paired as Paired, logs)).toBe(0)
})

const whatGoesWrong: FaultInput[] = [
  { kind: 'reset', path: '/messages', share: 0.08 },
  { kind: 'status', status: 500, path: '/messages', share: 0.08 },
  { kind: 'status', status: 429, retryAfter: 1, path: '/messages', share: 0.04 },
  { kind: 'lose-reply', path: '/messages', share: 0.08 },
  { kind: 'hang', path: '/messages', share: 0.02 },
]

async function pairThree(): Promise<Paired[]> {
  const { services, close } = await openServices(readConfig(variables))
  const connections = [await pair(services, sandbox), await pair(services, sandbox), await pair(services, sandbox)]
  await close()
  return connections
}
