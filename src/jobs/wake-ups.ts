import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Db, Job, PgBoss } from 'pg-boss'

/** A reason to look at something. Whatever there is to do is found by looking; a second reason says no more. */
export type WakeUp<About extends object> = {
  /** What is looked at: by one process at a time, and waiting to be looked at only once. */
  key: string
  /** Of which only so many are looked at side by side. */
  group: string
  about: About
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

/** `soon`: nothing further is to be begun; `now`: what is under way is to be broken off. */
export type Ends = { soon: AbortSignal; now: AbortSignal }

/**
 * Looks at what `about` names. Resolves to after how many milliseconds to look again, if so; rejects when that is to
 * be after `expireSeconds`. It must end well before those are over.
 */
export type Look<About extends object> = (about: About, ends: Ends) => Promise<number | undefined>

const laterMs = 50
const patienceMs = 2_000

/** A queue of pg-boss whose jobs say only that there may be something to do, and are gone once that was looked at. */
export class WakeUps<About extends object> {
  readonly #boss: PgBoss
  readonly #queue: string
  readonly #limits: WakeUpLimits
  readonly #look: Look<About>
  readonly #log: FastifyBaseLogger
  readonly #running = new Set<Promise<void>>()
  readonly #later = new Map<string, WakeUp<About>>()
  readonly #stopping = new AbortController()
  readonly #breaking = new AbortController()
  #polling: NodeJS.Timeout | undefined
  #fetching: Promise<void> | undefined
  #isNudged = false

  constructor(boss: PgBoss, queue: string, limits: WakeUpLimits, look: Look<About>, log: FastifyBaseLogger) {
    this.#boss = boss
    this.#queue = queue
    this.#limits = limits
    this.#look = look
    this.#log = log
  }

  async start(): Promise<void> {
    await this.#boss.createQueue(this.#queue, { policy: 'stately' })
    this.#polling = setInterval(() => this.nudge(), this.#limits.pollMs)
    this.nudge()
  }

  /** Waits for what is being looked at, then breaks it off. What is left stays in the queue. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearInterval(this.#polling)
    const breaking = setTimeout(() => this.#breaking.abort(), patienceMs)
    await this.#fetching
    await Promise.all(this.#running)
    clearTimeout(breaking)
  }

  /**
   * In a transaction in which there comes to be something to look at: both are there, or neither.
   *
   * @returns to be called as soon as it is committed
   */
  async addWithin(db: Db, wakeUps: readonly WakeUp<About>[]): Promise<() => void> {
    const waiting = await this.add(wakeUps, { db })
    return () => {
      this.nudge()
      // Somebody may have begun to look meanwhile at what waited already, and not have seen this transaction.
      if (waiting.length > 0) this.#addLater(waiting)
    }
  }

  /** @returns those that were waiting already */
  async add(wakeUps: readonly WakeUp<About>[], { afterMs = 0, db }: { afterMs?: number; db?: Db } = {}) {
    const jobs = wakeUps.map(({ key, group, about }) => ({
      id: randomUUID(),
      singletonKey: key,
      group: { id: group },
      data: { key, group, about },
      startAfter: `${afterMs} milliseconds`,
      expireInSeconds: this.#limits.expireSeconds,
      retryLimit: 1_000_000,
    }))
    const added = new Set(await this.#boss.insert(this.#queue, jobs, { db, returnId: true }))
    if (!db) setTimeout(() => this.nudge(), afterMs).unref()
    return wakeUps.filter((_, index) => !added.has(jobs[index]?.id ?? ''))
  }

  /** Adds it, to be looked at after so long; if it waits already, that is changed. */
  async set(wakeUp: WakeUp<About>, afterMs: number): Promise<void> {
    const waiting = await this.add([wakeUp], { afterMs })
    const startAfter = `${afterMs} milliseconds`
    if (waiting.length > 0) await this.#boss.update(this.#queue, undefined, { singletonKey: wakeUp.key, startAfter })
  }

  /** Many at once: under load the same ones are added again and again. */
  #addLater(wakeUps: readonly WakeUp<About>[]): void {
    if (this.#later.size === 0) {
      setTimeout(() => {
        const all = [...this.#later.values()]
        this.#later.clear()
        this.add(all).catch((err) => this.#log.error({ err }, `Jobs of the queue ${this.#queue} cannot be added`))
      }, laterMs).unref()
    }
    for (const wakeUp of wakeUps) this.#later.set(wakeUp.key, wakeUp)
  }

  /** Looks for what is waiting, now. */
  nudge(): void {
    this.#isNudged = true
    if (this.#fetching || this.#stopping.signal.aborted || this.#free() === 0) return
    this.#fetching = this.#fetchAll()
      .catch((err) => this.#log.error({ err }, `What waits in the queue ${this.#queue} cannot be read`))
      .finally(() => {
        this.#fetching = undefined
        // Somebody may have nudged when the last fetch was over and this was not.
        if (this.#isNudged) this.nudge()
      })
  }

  async #fetchAll(): Promise<void> {
    while (this.#isNudged && this.#free() > 0 && !this.#stopping.signal.aborted) {
      this.#isNudged = false
      const jobs = await this.#boss.fetch<WakeUp<About>>(this.#queue, {
        // The number becomes part of the statement: powers of two make few of them, so that they can be prepared.
        batchSize: 2 ** Math.floor(Math.log2(this.#free())),
        groupConcurrency: this.#limits.perGroup,
      })
      for (const job of jobs) this.#begin(job)
      // Those of a group that is at its limit now may have stood before others.
      if (jobs.length > 0) this.#isNudged = true
    }
  }

  #begin(job: Job<WakeUp<About>>): void {
    const running = this.#run(job)
      .catch((err) => this.#log.error({ err, job: job.data }, `A job of the queue ${this.#queue} failed`))
      .finally(() => {
        this.#running.delete(running)
        this.nudge()
      })
    this.#running.add(running)
  }

  async #run(job: Job<WakeUp<About>>): Promise<void> {
    const ends = { soon: this.#stopping.signal, now: this.#breaking.signal }
    const againAfterMs = await this.#look(job.data.about, ends)
    if (againAfterMs !== undefined) await this.add([job.data], { afterMs: againAfterMs })
    await this.#boss.deleteJob(this.#queue, job)
  }

  #free(): number {
    return this.#limits.atOnce - this.#running.size
  }
}
