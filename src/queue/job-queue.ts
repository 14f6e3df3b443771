import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Job as BossJob, Db, PgBoss } from 'pg-boss'

/** A reason to look at something. Whatever there is to do is found by looking; a second reason says no more. */
export type Job<About extends object> = {
  /** What is looked at: by one process at a time, and waiting to be looked at only once. */
  key: string
  /** Of which only so many are looked at side by side. */
  group: string
  about: About
  /** Where somebody had a reason, see `Trail`. */
  from?: string | undefined
}

export type QueueLimits = {
  /** How many are looked at side by side, in this process. */
  atOnce: number
  /** How many of one group, over all processes. */
  perGroup: number
  /** After how long a process that has not come back is gone, and its wake-ups are for others. */
  expireSeconds: number
  /** How often to ask for what other processes have added, and for what has become due. */
  pollMs: number
}

export type TakenJob<About extends object> = BossJob<Job<About>>

const maxPutOff = 10_000

/** A queue of pg-boss whose jobs say only that there may be something to do, and are gone once that was looked at. */
export class JobQueue<About extends object> {
  readonly name: string
  readonly #boss: PgBoss
  readonly #limits: QueueLimits
  /** Until when those wait that were put off here, by their keys. */
  readonly #putOff = new LRUCache<string, number>({ max: maxPutOff })

  constructor(boss: PgBoss, name: string, limits: QueueLimits) {
    this.#boss = boss
    this.name = name
    this.#limits = limits
  }

  async make(): Promise<void> {
    await this.#boss.createQueue(this.name, { policy: 'stately' })
  }

  /**
   * Always in the order of their keys: transactions that add the same ones wait for each other, and never in a circle.
   *
   * @returns those that were waiting already
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

  /** Adds it, or changes what waits already, so that it is looked at after so long. */
  async set(job: Job<About>, afterMs: number): Promise<void> {
    const until = performance.now() + afterMs
    const isAdded = (await this.add([job], { afterMs })).length === 0
    if (isAdded || (await this.#change(job, afterMs))) this.#putOff.set(job.key, until)
  }

  /** Whether it is known, without asking, that it waits and nobody takes it yet. */
  isPutOff({ key }: Job<About>): boolean {
    return (this.#putOff.get(key) ?? 0) > performance.now()
  }

  /** Takes as many as that at most, which nobody else can take until they are done or expire. */
  async take(most: number): Promise<TakenJob<About>[]> {
    const options = { batchSize: most, groupConcurrency: this.#limits.perGroup }
    const jobs = await this.#boss.fetch<Job<About>>(this.name, options)
    for (const { data } of jobs) this.#putOff.delete(data.key)
    return jobs
  }

  async done(job: TakenJob<About>): Promise<void> {
    await this.#boss.deleteJob(this.name, job)
  }

  async #change({ key }: Job<About>, afterMs: number): Promise<boolean> {
    const options = { singletonKey: key, startAfter: `${afterMs} milliseconds` }
    return (await this.#boss.update(this.name, undefined, options)).updated > 0
  }
}
