import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Db, PgBoss } from 'pg-boss'
import type { TraceContext } from '../tracing/trace-context.ts'
import { type Job, JobQueue, type QueueLimits, type TakenJob } from './job-queue.ts'

/** `drain`: start nothing more. `abort`: abort what is under way. */
export type StopSignals = { drain: AbortSignal; abort: AbortSignal }

/**
 * Runs a job. Resolves to after how many milliseconds to run it again, or undefined. If it rejects, the job runs again
 * after `expireSeconds`. It must end well before that.
 */
export type Handler<About extends object> = (about: About, signals: StopSignals) => Promise<number | undefined>

const laterMs = 50
/** Jobs of a full group that end within this time make room for as many others, which one statement takes. */
const fullGroupPauseMs = 10
const stopTimeoutMs = 2_000

/** Runs the jobs of a queue in this process: at most one per key at a time over all processes, bounded in number. */
export class KeyedQueue<About extends object> {
  readonly #queue: JobQueue<About>
  readonly #limits: QueueLimits
  readonly #handle: Handler<About>
  readonly #log: FastifyBaseLogger
  readonly #traceContext: TraceContext | undefined
  /** The groups of running jobs, by key. */
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

  /** Waits for running jobs, then aborts them. All other jobs stay in the queue. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearInterval(this.#polling)
    const breaking = setTimeout(() => this.#breaking.abort(), stopTimeoutMs)
    await this.#taking
    await Promise.all(this.#ending)
    clearTimeout(breaking)
  }

  /** @returns the jobs whose key was waiting already */
  async add(jobs: readonly Job<About>[], afterMs = 0): Promise<Job<About>[]> {
    const waiting = await this.#queue.add(jobs, { afterMs })
    this.#notifyAfter(afterMs)
    return waiting
  }

  /** Adds the job, or changes the one that waits, to run after `afterMs`. */
  async set(job: Job<About>, afterMs: number): Promise<void> {
    await this.#queue.set(job, afterMs)
    this.#notifyAfter(afterMs)
  }

  /**
   * Adds jobs in the caller's transaction: the change and its jobs are committed together, or neither is.
   *
   * @returns to call right after the commit
   */
  async addWithin(db: Db, jobs: readonly Job<About>[]): Promise<() => void> {
    const putOff = jobs.filter((job) => this.#queue.isPutOff(job))
    const others = jobs.filter((job) => !putOff.includes(job))
    const waiting = others.length > 0 ? await this.#send(others, db) : []
    return () => {
      if (waiting.length < others.length) this.notify()
      // A job that waited may have started meanwhile, without seeing this transaction.
      this.#addLater([...waiting, ...putOff.filter((job) => !this.#queue.isPutOff(job))])
    }
  }

  /** Adds the current trace to each job, so its run is linked to the request. */
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

  /** Looks for waiting jobs now. */
  notify(): void {
    this.#notifications += 1
    this.#isNotified = true
    if (this.#taking || this.#stopping.signal.aborted || this.#free() === 0) return
    this.#taking = this.#takeAll()
      .catch((err) => this.#log.error({ err }, `The queue ${this.#queue.name} cannot be read`))
      .finally(() => {
        this.#taking = undefined
        // `notify` may have been called after the last job was taken and before this ended.
        if (this.#isNotified) this.notify()
      })
  }

  #notifyAfter(ms: number): void {
    setTimeout(() => this.notify(), ms).unref()
  }

  /** Adds delayed jobs in one statement: under load the same keys come again and again. */
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
      // Jobs that end in the same turn of the event loop make room together.
      await new Promise(setImmediate)
      this.#isNotified = false
      // The number is part of the SQL text. Powers of two make few texts, so they stay prepared.
      const most = 2 ** Math.floor(Math.log2(this.#free()))
      const jobs = await this.#queue.take(most)
      for (const job of jobs) this.#begin(job)
      // More jobs may wait behind these, or behind jobs of a group that is at its limit.
      const isGroupFull = jobs.some(({ data }) => this.#isFull(data.group))
      if (jobs.length === most || isGroupFull) this.#isNotified = true
      if (isGroupFull) await sleep(fullGroupPauseMs)
    }
  }

  #begin(job: TakenJob<About>): void {
    const { key, group } = job.data
    const notifications = this.#notifications
    this.#running.set(key, group)
    const ending = this.#run(job)
      .catch((err) => this.#log.error({ err, job: job.data }, `A job of the queue ${this.#queue.name} failed`))
      .finally(() => {
        // Other jobs may have waited for this one.
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
