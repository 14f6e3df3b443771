import type { FastifyBaseLogger } from 'fastify'
import type { Db, PgBoss } from 'pg-boss'
import type { TraceContext } from '../tracing/trace-context.ts'
import { type Job, JobQueue, type QueueLimits, type TakenJob } from './job-queue.ts'

/** `soon`: nothing further is to be begun; `now`: what is under way is to be broken off. */
export type StopSignals = { drain: AbortSignal; abort: AbortSignal }

/**
 * Looks at what `about` names. Resolves to after how many milliseconds to look again, if so; rejects when that is to
 * be after `expireSeconds`. It must end well before those are over.
 */
export type Handler<About extends object> = (about: About, signals: StopSignals) => Promise<number | undefined>

const laterMs = 50
const stopTimeoutMs = 2_000

/** Has everything looked at that there is a reason to look at, by whichever process is free to. */
export class KeyedQueue<About extends object> {
  readonly #queue: JobQueue<About>
  readonly #limits: QueueLimits
  readonly #handle: Handler<About>
  readonly #log: FastifyBaseLogger
  readonly #traceContext: TraceContext | undefined
  /** What is looked at now: the groups by their keys. */
  readonly #running = new Map<string, string>()
  readonly #ending = new Set<Promise<void>>()
  readonly #later = new Map<string, Job<About>>()
  readonly #stopping = new AbortController()
  readonly #breaking = new AbortController()
  #polling: NodeJS.Timeout | undefined
  #taking: Promise<void> | undefined
  #isNotified = false
  #notifications = 0

  constructor(
    boss: PgBoss,
    queue: string,
    limits: QueueLimits,
    handle: Handler<About>,
    log: FastifyBaseLogger,
    traceContext?: TraceContext,
  ) {
    this.#queue = new JobQueue(boss, queue, limits)
    this.#limits = limits
    this.#handle = handle
    this.#log = log
    this.#traceContext = traceContext
  }

  async start(): Promise<void> {
    await this.#queue.make()
    this.#polling = setInterval(() => this.notify(), this.#limits.pollMs)
    this.notify()
  }

  /** Waits for what is being looked at, then breaks it off. What is left stays in the queue. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearInterval(this.#polling)
    const breaking = setTimeout(() => this.#breaking.abort(), stopTimeoutMs)
    await this.#taking
    await Promise.all(this.#ending)
    clearTimeout(breaking)
  }

  /** @returns those that were waiting already */
  async add(jobs: readonly Job<About>[], afterMs = 0): Promise<Job<About>[]> {
    const waiting = await this.#queue.add(jobs, { afterMs })
    this.#notifyAfter(afterMs)
    return waiting
  }

  /** Adds it, to be looked at after so long; if it waits already, that is changed. */
  async set(job: Job<About>, afterMs: number): Promise<void> {
    await this.#queue.set(job, afterMs)
    this.#notifyAfter(afterMs)
  }

  /**
   * In a transaction in which there comes to be something to look at: both are there, or neither.
   *
   * @returns to be called as soon as it is committed
   */
  async addWithin(db: Db, jobs: readonly Job<About>[]): Promise<() => void> {
    const putOff = jobs.filter((job) => this.#queue.isPutOff(job))
    const others = jobs.filter((job) => !putOff.includes(job))
    const waiting = others.length > 0 ? await this.#send(others, db) : []
    return () => {
      if (waiting.length < others.length) this.notify()
      // Somebody may have begun to look meanwhile at what waited already, and not have seen this transaction.
      this.#addLater([...waiting, ...putOff.filter((job) => !this.#queue.isPutOff(job))])
    }
  }

  /** With where that was, so that whoever looks goes on from there. */
  #send(jobs: readonly Job<About>[], db: Db): Promise<Job<About>[]> {
    const traceContext = this.#traceContext
    if (!traceContext) return this.#queue.add(jobs, { db })
    const send = () =>
      this.#queue.add(
        jobs.map((job) => ({ ...job, from: traceContext.current() })),
        { db },
      )
    return traceContext.continueTrace(
      { name: `send ${this.#queue.name}`, kind: 'producer' },
      [traceContext.current()],
      send,
    )
  }

  /** Looks for what is waiting, now. */
  notify(): void {
    this.#notifications += 1
    this.#isNotified = true
    if (this.#taking || this.#stopping.signal.aborted || this.#free() === 0) return
    this.#taking = this.#takeAll()
      .catch((err) => this.#log.error({ err }, `What waits in the queue ${this.#queue.name} cannot be read`))
      .finally(() => {
        this.#taking = undefined
        // Somebody may have nudged when the last one was taken and this was not over.
        if (this.#isNotified) this.notify()
      })
  }

  #notifyAfter(ms: number): void {
    setTimeout(() => this.notify(), ms).unref()
  }

  /** Many at once: under load the same ones are added again and again. */
  #addLater(jobs: readonly Job<About>[]): void {
    if (this.#later.size === 0 && jobs.length > 0) setTimeout(() => this.#addAllLater(), laterMs).unref()
    for (const job of jobs) this.#later.set(job.key, job)
  }

  #addAllLater(): void {
    const all = [...this.#later.values()]
    this.#later.clear()
    this.add(all).catch((err) => this.#log.error({ err }, `Jobs of the queue ${this.#queue.name} cannot be added`))
  }

  async #takeAll(): Promise<void> {
    while (this.#isNotified && this.#free() > 0 && !this.#stopping.signal.aborted) {
      this.#isNotified = false
      // The number becomes part of the statement: powers of two make few of them, so that they can be prepared.
      const most = 2 ** Math.floor(Math.log2(this.#free()))
      const jobs = await this.#queue.take(most)
      for (const job of jobs) this.#begin(job)
      // Others may stand behind these, or behind more of a group that is now at its limit.
      if (jobs.length === most || jobs.some(({ data }) => this.#isFull(data.group))) this.#isNotified = true
    }
  }

  #begin(job: TakenJob<About>): void {
    const { key, group } = job.data
    const notifications = this.#notifications
    this.#running.set(key, group)
    const ending = this.#run(job)
      .catch((err) => this.#log.error({ err, job: job.data }, `A job of the queue ${this.#queue.name} failed`))
      .finally(() => {
        // Something may have had to wait for this one.
        const isAwaited = notifications !== this.#notifications || this.#free() === 0 || this.#isFull(group)
        this.#running.delete(key)
        this.#ending.delete(ending)
        if (isAwaited) this.notify()
      })
    this.#ending.add(ending)
  }

  async #run(job: TakenJob<About>): Promise<void> {
    const signals = { drain: this.#stopping.signal, abort: this.#breaking.signal }
    const handle = () => this.#handle(job.data.about, signals)
    const step = { name: `process ${this.#queue.name}`, kind: 'consumer' } as const
    const againAfterMs = await (this.#traceContext
      ? this.#traceContext.continueTrace(step, [job.data.from], handle)
      : handle())
    if (againAfterMs !== undefined) await this.set(job.data, againAfterMs)
    await this.#queue.done(job)
  }

  #isFull(group: string): boolean {
    return [...this.#running.values()].filter((one) => one === group).length >= this.#limits.perGroup
  }

  #free(): number {
    return this.#limits.atOnce - this.#running.size
  }
}
