import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Db, Job, PgBoss } from 'pg-boss'

/** A reason to look at something. Whatever there is to do is found by looking; a second reason says no more. */
export type WakeUp<About extends object> = {
  /** What is looked at: by one process at a time, and waiting to be looked at only once. */
  key: string
  /** Of which only so many are looked at side by side. */
  group: string
  about: About
  /** Where somebody had a reason, see `Trail`. */
  from?: string | undefined
}

export type WakeUpLimits = {
  /** How many are looked at side by side, in this process. */
  atOnce: number
  /** How many of one group, over all processes. */
  perGroup: number
  /** After how long a process that has not come back is gone, and its wake-ups are for others. */
  expireSeconds: number
  /** How often to ask for what other processes have added, and for what has become due. */
  pollMs: number
}

export type WakeUpJob<About extends object> = Job<WakeUp<About>>

const mostPutOff = 10_000

/** A queue of pg-boss whose jobs say only that there may be something to do, and are gone once that was looked at. */
export class WakeUpQueue<About extends object> {
  readonly name: string
  readonly #boss: PgBoss
  readonly #limits: WakeUpLimits
  /** Until when those wait that were put off here, by their keys. */
  readonly #putOff = new LRUCache<string, number>({ max: mostPutOff })

  constructor(boss: PgBoss, name: string, limits: WakeUpLimits) {
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
  async add(wakeUps: readonly WakeUp<About>[], { afterMs = 0, db }: { afterMs?: number; db?: Db } = {}) {
    const inOrder = wakeUps.toSorted((one, other) => (one.key < other.key ? -1 : 1))
    const jobs = inOrder.map((wakeUp) => ({
      id: randomUUID(),
      singletonKey: wakeUp.key,
      group: { id: wakeUp.group },
      data: wakeUp,
      startAfter: `${afterMs} milliseconds`,
      expireInSeconds: this.#limits.expireSeconds,
      retryLimit: 1_000_000,
    }))
    const added = new Set(await this.#boss.insert(this.name, jobs, { db, returnId: true }))
    return inOrder.filter((_, index) => !added.has(jobs[index]?.id ?? ''))
  }

  /** Adds it, or changes what waits already, so that it is looked at after so long. */
  async set(wakeUp: WakeUp<About>, afterMs: number): Promise<void> {
    const until = performance.now() + afterMs
    const isAdded = (await this.add([wakeUp], { afterMs })).length === 0
    if (isAdded || (await this.#change(wakeUp, afterMs))) this.#putOff.set(wakeUp.key, until)
  }

  /** Whether it is known, without asking, that it waits and nobody takes it yet. */
  isPutOff({ key }: WakeUp<About>): boolean {
    return (this.#putOff.get(key) ?? 0) > performance.now()
  }

  /** Takes as many as that at most, which nobody else can take until they are done or expire. */
  async take(most: number): Promise<WakeUpJob<About>[]> {
    const options = { batchSize: most, groupConcurrency: this.#limits.perGroup }
    const jobs = await this.#boss.fetch<WakeUp<About>>(this.name, options)
    for (const { data } of jobs) this.#putOff.delete(data.key)
    return jobs
  }

  async done(job: WakeUpJob<About>): Promise<void> {
    await this.#boss.deleteJob(this.name, job)
  }

  async #change({ key }: WakeUp<About>, afterMs: number): Promise<boolean> {
    const options = { singletonKey: key, startAfter: `${afterMs} milliseconds` }
    return (await this.#boss.update(this.name, undefined, options)).updated > 0
  }
}
