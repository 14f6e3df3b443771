import type { FastifyBaseLogger } from 'fastify'
import type { Db, PgBoss } from 'pg-boss'
import type { Trail } from '../tracing/trace-context.ts'
import { type WakeUp, type WakeUpJob, type WakeUpLimits, WakeUpQueue } from './job-queue.ts'

/** `soon`: nothing further is to be begun; `now`: what is under way is to be broken off. */
export type Ends = { soon: AbortSignal; now: AbortSignal }

/**
 * Looks at what `about` names. Resolves to after how many milliseconds to look again, if so; rejects when that is to
 * be after `expireSeconds`. It must end well before those are over.
 */
export type Look<About extends object> = (about: About, ends: Ends) => Promise<number | undefined>

const laterMs = 50
const patienceMs = 2_000

/** Has everything looked at that there is a reason to look at, by whichever process is free to. */
export class WakeUps<About extends object> {
  readonly #queue: WakeUpQueue<About>
  readonly #limits: WakeUpLimits
  readonly #look: Look<About>
  readonly #log: FastifyBaseLogger
  readonly #trail: Trail | undefined
  /** What is looked at now: the groups by their keys. */
  readonly #looking = new Map<string, string>()
  readonly #ending = new Set<Promise<void>>()
  readonly #later = new Map<string, WakeUp<About>>()
  readonly #stopping = new AbortController()
  readonly #breaking = new AbortController()
  #polling: NodeJS.Timeout | undefined
  #taking: Promise<void> | undefined
  #isNudged = false
  #nudges = 0

  constructor(
    boss: PgBoss,
    queue: string,
    limits: WakeUpLimits,
    look: Look<About>,
    log: FastifyBaseLogger,
    trail?: Trail,
  ) {
    this.#queue = new WakeUpQueue(boss, queue, limits)
    this.#limits = limits
    this.#look = look
    this.#log = log
    this.#trail = trail
  }

  async start(): Promise<void> {
    await this.#queue.make()
    this.#polling = setInterval(() => this.nudge(), this.#limits.pollMs)
    this.nudge()
  }

  /** Waits for what is being looked at, then breaks it off. What is left stays in the queue. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearInterval(this.#polling)
    const breaking = setTimeout(() => this.#breaking.abort(), patienceMs)
    await this.#taking
    await Promise.all(this.#ending)
    clearTimeout(breaking)
  }

  /** @returns those that were waiting already */
  async add(wakeUps: readonly WakeUp<About>[], afterMs = 0): Promise<WakeUp<About>[]> {
    const waiting = await this.#queue.add(wakeUps, { afterMs })
    this.#nudgeAfter(afterMs)
    return waiting
  }

  /** Adds it, to be looked at after so long; if it waits already, that is changed. */
  async set(wakeUp: WakeUp<About>, afterMs: number): Promise<void> {
    await this.#queue.set(wakeUp, afterMs)
    this.#nudgeAfter(afterMs)
  }

  /**
   * In a transaction in which there comes to be something to look at: both are there, or neither.
   *
   * @returns to be called as soon as it is committed
   */
  async addWithin(db: Db, wakeUps: readonly WakeUp<About>[]): Promise<() => void> {
    const putOff = wakeUps.filter((wakeUp) => this.#queue.isPutOff(wakeUp))
    const others = wakeUps.filter((wakeUp) => !putOff.includes(wakeUp))
    const waiting = others.length > 0 ? await this.#send(others, db) : []
    return () => {
      if (waiting.length < others.length) this.nudge()
      // Somebody may have begun to look meanwhile at what waited already, and not have seen this transaction.
      this.#addLater([...waiting, ...putOff.filter((wakeUp) => !this.#queue.isPutOff(wakeUp))])
    }
  }

  /** With where that was, so that whoever looks goes on from there. */
  #send(wakeUps: readonly WakeUp<About>[], db: Db): Promise<WakeUp<About>[]> {
    const trail = this.#trail
    if (!trail) return this.#queue.add(wakeUps, { db })
    const send = () =>
      this.#queue.add(
        wakeUps.map((wakeUp) => ({ ...wakeUp, from: trail.here() })),
        { db },
      )
    return trail.follow({ name: `send ${this.#queue.name}`, kind: 'producer' }, [trail.here()], send)
  }

  /** Looks for what is waiting, now. */
  nudge(): void {
    this.#nudges += 1
    this.#isNudged = true
    if (this.#taking || this.#stopping.signal.aborted || this.#free() === 0) return
    this.#taking = this.#takeAll()
      .catch((err) => this.#log.error({ err }, `What waits in the queue ${this.#queue.name} cannot be read`))
      .finally(() => {
        this.#taking = undefined
        // Somebody may have nudged when the last one was taken and this was not over.
        if (this.#isNudged) this.nudge()
      })
  }

  #nudgeAfter(ms: number): void {
    setTimeout(() => this.nudge(), ms).unref()
  }

  /** Many at once: under load the same ones are added again and again. */
  #addLater(wakeUps: readonly WakeUp<About>[]): void {
    if (this.#later.size === 0 && wakeUps.length > 0) setTimeout(() => this.#addAllLater(), laterMs).unref()
    for (const wakeUp of wakeUps) this.#later.set(wakeUp.key, wakeUp)
  }

  #addAllLater(): void {
    const all = [...this.#later.values()]
    this.#later.clear()
    this.add(all).catch((err) => this.#log.error({ err }, `Jobs of the queue ${this.#queue.name} cannot be added`))
  }

  async #takeAll(): Promise<void> {
    while (this.#isNudged && this.#free() > 0 && !this.#stopping.signal.aborted) {
      this.#isNudged = false
      // The number becomes part of the statement: powers of two make few of them, so that they can be prepared.
      const most = 2 ** Math.floor(Math.log2(this.#free()))
      const jobs = await this.#queue.take(most)
      for (const job of jobs) this.#begin(job)
      // Others may stand behind these, or behind more of a group that is now at its limit.
      if (jobs.length === most || jobs.some(({ data }) => this.#isFull(data.group))) this.#isNudged = true
    }
  }

  #begin(job: WakeUpJob<About>): void {
    const { key, group } = job.data
    const nudges = this.#nudges
    this.#looking.set(key, group)
    const ending = this.#run(job)
      .catch((err) => this.#log.error({ err, job: job.data }, `A job of the queue ${this.#queue.name} failed`))
      .finally(() => {
        // Something may have had to wait for this one.
        const isAwaited = nudges !== this.#nudges || this.#free() === 0 || this.#isFull(group)
        this.#looking.delete(key)
        this.#ending.delete(ending)
        if (isAwaited) this.nudge()
      })
    this.#ending.add(ending)
  }

  async #run(job: WakeUpJob<About>): Promise<void> {
    const ends = { soon: this.#stopping.signal, now: this.#breaking.signal }
    const look = () => this.#look(job.data.about, ends)
    const step = { name: `process ${this.#queue.name}`, kind: 'consumer' } as const
    const againAfterMs = await (this.#trail ? this.#trail.follow(step, [job.data.from], look) : look())
    if (againAfterMs !== undefined) await this.set(job.data, againAfterMs)
    await this.#queue.done(job)
  }

  #isFull(group: string): boolean {
    return [...this.#looking.values()].filter((one) => one === group).length >= this.#limits.perGroup
  }

  #free(): number {
    return this.#limits.atOnce - this.#looking.size
  }
}
