import { fromPrisma, type PgBoss } from 'pg-boss'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { defaultTiming } from '../../src/chat/delivery/timing.ts'
import { startBoss } from '../../src/jobs/boss.ts'
import type { Job, QueueLimits } from '../../src/queue/job-queue.ts'
import { type Handler, KeyedQueue } from '../../src/queue/keyed-queue.ts'
import { openTestApp, type TestApp } from '../support/app.ts'

type Name = { name: string }

const limits: QueueLimits = { atOnce: 4, perGroup: 2, expireSeconds: 2, pollMs: 100 }
let app: TestApp
let boss: PgBoss
let queues = 0

beforeAll(async () => {
  app = await openTestApp()
  boss = await startBoss(app.database, app.app.log, 1)
})

afterAll(async () => {
  await boss.stop({ close: false, timeout: 1_000 })
  await app.close()
})

const job = (name: string, group = name): Job<Name> => ({ key: name, group, about: { name } })
const newQueue = () => `queue-${++queues}`

/** Several with the same queue name stand for several processes. */
async function start(handler: Handler<Name>, queue = newQueue()): Promise<KeyedQueue<Name>> {
  const jobs = new KeyedQueue<Name>(boss, queue, limits, handler, app.app.log)
  await jobs.start()
  onTestFinished(() => jobs.stop())
  return jobs
}

/** A handler whose runs last until `endOne` or the stop signal ends them. */
function lasting() {
  const running: string[] = []
  const ends: (() => void)[] = []
  const handler: Handler<Name> = ({ name }, { drain }) =>
    new Promise((resolve) => {
      running.push(name)
      const end = () => resolve(undefined)
      ends.push(end)
      if (drain.aborted) end()
      drain.addEventListener('abort', end)
    })
  return { handler, running, endOne: () => ends.shift()?.() }
}

test('an added job runs at once', async () => {
  const seen: string[] = []
  const jobs = await start(async ({ name }) => void seen.push(name))
  await jobs.add([job('a'), job('b')])
  await expect.poll(() => seen.toSorted()).toEqual(['a', 'b'])
})

test('a running job can wait once more, and no more', async () => {
  const { handler, running, endOne } = lasting()
  const jobs = await start(handler)
  await jobs.add([job('a')])
  await expect.poll(() => running).toEqual(['a'])
  expect(await jobs.add([job('a')])).toEqual([])
  expect(await jobs.add([job('a')])).toEqual([job('a')])
  expect(running).toEqual(['a'])
  endOne()
  await expect.poll(() => running).toEqual(['a', 'a'])
  endOne()
})

test('a group has a limited number of running jobs, and other groups do not wait for them', async () => {
  const { handler, running } = lasting()
  const jobs = await start(handler)
  await jobs.add(['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => job(name, 'a')))
  await expect.poll(() => running).toHaveLength(2)
  await jobs.add([job('b1', 'b')])
  await expect.poll(() => running).toContain('b1')
  expect(running).toHaveLength(3)
})

test('a job that asks for another run gets it after that time', async () => {
  let times = 0
  const jobs = await start(async () => (++times < 3 ? 30 : undefined))
  await jobs.add([job('a')])
  await expect.poll(() => times).toBe(3)
})

test('a deferred job can be set to an earlier time', async () => {
  const seen: string[] = []
  const jobs = await start(async ({ name }) => void seen.push(name))
  await jobs.add([job('a')], 3_600_000)
  await jobs.set(job('a'), 20)
  await expect.poll(() => seen).toEqual(['a'])
})

describe('in a transaction', () => {
  const addWithin = (jobs: KeyedQueue<Name>, fail?: Error) =>
    app.database.prisma.$transaction(async (tx) => {
      const committed = await jobs.addWithin(fromPrisma(tx), [job('a')])
      if (fail) throw fail
      return committed
    })

  test('that commits a job is added, and runs after the notification', async () => {
    const seen: string[] = []
    const jobs = await start(async ({ name }) => void seen.push(name))
    const committed = await addWithin(jobs)
    committed()
    await expect.poll(() => seen).toEqual(['a'])
  })

  test('that rolls back no job is added', async () => {
    const jobs = await start(async () => undefined)
    await expect(addWithin(jobs, new Error('Never mind.'))).rejects.toThrow('Never mind.')
    expect(await jobs.add([job('a')], 3_600_000)).toEqual([])
  })

  test('transactions that add the same jobs in another order do not deadlock', async () => {
    const jobs = await start(async () => undefined)
    const some = Array.from({ length: 300 }, (_, index) => job(`${index}`))
    const undone = new Error('Never mind.')
    const addAndUndo = (order: Job<Name>[]) =>
      app.database.prisma.$transaction(
        async (tx) => {
          await jobs.addWithin(fromPrisma(tx), order)
          throw undone
        },
        // Half of them wait for a connection, on a busy machine for seconds.
        { maxWait: 60_000, timeout: 60_000 },
      )
    const adding = Array.from({ length: 20 }, (_, index) => addAndUndo(index % 2 ? some : some.toReversed()))
    const errors = await Promise.all(adding.map((promise) => promise.catch((error: unknown) => error)))
    expect(new Set(errors)).toEqual(new Set([undone]))
  })

  test('a deferred job does not run earlier, and is not lost', async () => {
    let times = 0
    const jobs = await start(async () => (++times === 1 ? 300 : undefined))
    await jobs.add([job('a')])
    await expect.poll(() => times).toBe(1)
    const committed = await addWithin(jobs)
    committed()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(times).toBe(1)
    await expect.poll(() => times).toBe(2)
  })

  test('a waiting job is added again, as a run that took it did not see the transaction', async () => {
    const { handler, running, endOne } = lasting()
    const jobs = await start(handler)
    await jobs.add([job('a')])
    await expect.poll(() => running).toEqual(['a'])
    await jobs.add([job('a')])
    const committed = await addWithin(jobs)
    endOne()
    await expect.poll(() => running).toEqual(['a', 'a'])
    committed()
    endOne()
    await expect.poll(() => running).toEqual(['a', 'a', 'a'])
    endOne()
  })
})

describe('when a handler fails', () => {
  test('the job is retried after a while', async () => {
    let times = 0
    const jobs = await start(async () => {
      if (++times === 1) throw new Error('No luck.')
    })
    await jobs.add([job('a')])
    await expect.poll(() => times).toBe(2)
  })

  test('because its process died, another takes over', async () => {
    const queue = newQueue()
    const gone = lasting()
    const jobs = await start(gone.handler, queue)
    await jobs.add([job('a')])
    await expect.poll(() => gone.running).toEqual(['a'])
    const seen: string[] = []
    await start(async ({ name }) => void seen.push(name), queue)
    await expect.poll(() => [...seen, ...gone.running.slice(1)]).toEqual(['a'])
  })

  test('another takes over within 30 seconds in production', () => {
    const { limits, superviseSeconds } = defaultTiming
    expect(limits.expireSeconds + 2 * superviseSeconds + limits.pollMs / 1_000).toBeLessThanOrEqual(30)
  })
})

test('a job interrupted by a stop runs after the next start', async () => {
  const queue = newQueue()
  const first = await start(
    (_about, { drain }) => new Promise((resolve) => drain.addEventListener('abort', () => resolve(0))),
    queue,
  )
  await first.add([job('a')])
  await new Promise((resolve) => setTimeout(resolve, 50))
  await first.stop()
  const seen: string[] = []
  await start(async ({ name }) => void seen.push(name), queue)
  await expect.poll(() => seen).toEqual(['a'])
})
