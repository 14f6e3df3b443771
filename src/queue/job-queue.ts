import { randomUUID } from 'node:crypto'
import type DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import type { Job as BossJob, Db, PgBoss } from 'pg-boss'
import { loadTogether } from '../database/load-together.ts'

/**
 * A job says only that there may be work. The handler finds out what to do, so two jobs with one key are as good as
 * one.
 */
export type Job<About extends object> = {
  /** One process at a time runs jobs of a key, and a key waits in the queue only once. */
  key: string
  /** The number of jobs of a group that run at the same time is limited. */
  group: string
  about: About
  /** The trace of the request that added the job, see `TraceContext`. */
  from?: string | undefined
}

export type QueueLimits = {
  /** How many jobs run at the same time in this process. */
  atOnce: number
  /** How many jobs of one group run at the same time, over all processes. */
  perGroup: number
  /** After this time without an answer a process counts as dead, and others take its jobs. */
  expireSeconds: number
  /** How often to look for jobs that other processes added, and for jobs that became due. */
  pollMs: number
}

export type TakenJob<About extends object> = BossJob<Job<About>>

const maxPutOff = 10_000

/** A pg-boss queue with keys: at most one waiting job per key, deleted after it has run. */
export class JobQueue<About extends object> {
  readonly name: string
  readonly #boss: PgBoss
  readonly #limits: QueueLimits
  readonly #done: DataLoader<TakenJob<About>, TakenJob<About>>
  /** By key: until when a job waits that this process delayed. */
  readonly #putOff = new LRUCache<string, number>({ max: maxPutOff })

  constructor(boss: PgBoss, name: string, limits: QueueLimits) {
    this.#boss = boss
    this.name = name
    this.#limits = limits
    this.#done = loadTogether(async (jobs) => {
      await boss.deleteJob(name, [...jobs])
      return jobs
    })
  }

  async make(): Promise<void> {
    await this.#boss.createQueue(this.name, { policy: 'stately' })
  }

  /**
   * Adds jobs in the order of their keys, so transactions that add the same keys cannot deadlock.
   *
   * @returns the jobs whose key was waiting already
   */
  async add(jobs: readonly Job<About>[], { afterMs = 0, db }: { afterMs?: number; db?: Db } = {}) {
    const inOrder = jobs.toSorted((one, other) => (one.key < other.key ? -1 : 1))
    const rows = inOrder.map((job) => ({
      id: randomUUID(),
      singletonKey: job.key,
      group: { id: job.group },
      data: job,
      startAfter: `${afterMs} milliseconds`,
      expireInSeconds: this.#limits.expireSeconds,
      retryLimit: 1_000_000,
    }))
    const added = new Set(await this.#boss.insert(this.name, rows, { db, returnId: true }))
    return inOrder.filter((_, index) => !added.has(rows[index]?.id ?? ''))
  }

  /** Adds the job, or changes the one that waits, to run after `afterMs`. */
  async set(job: Job<About>, afterMs: number): Promise<void> {
    const until = performance.now() + afterMs
    const isAdded = (await this.add([job], { afterMs })).length === 0
    if (isAdded || (await this.#change(job, afterMs))) this.#putOff.set(job.key, until)
  }

  /** Whether this process knows, without a query, that a job with this key waits and is not due. */
  isPutOff({ key }: Job<About>): boolean {
    return (this.#putOff.get(key) ?? 0) > performance.now()
  }

  /** Takes jobs. No other process can take them until they are done or expire. */
  async take(most: number): Promise<TakenJob<About>[]> {
    const options = { batchSize: most, groupConcurrency: this.#limits.perGroup }
    const jobs = await this.#boss.fetch<Job<About>>(this.name, options)
    for (const { data } of jobs) this.#putOff.delete(data.key)
    return jobs
  }

  /** Jobs that end at the same time are deleted together. */
  async done(job: TakenJob<About>): Promise<void> {
    await this.#done.load(job)
  }

  async #change({ key }: Job<About>, afterMs: number): Promise<boolean> {
    const options = { singletonKey: key, startAfter: `${afterMs} milliseconds` }
    return (await this.#boss.update(this.name, undefined, options)).updated > 0
  }
}
