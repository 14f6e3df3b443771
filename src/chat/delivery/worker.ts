import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { PgBoss } from 'pg-boss'
import type { PrismaClient } from '../../database/generated/client.ts'
import type { OutboxHook } from '../../polls/ballot-box/batch.ts'
import { KeyedQueue, type StopSignals } from '../../queue/keyed-queue.ts'
import type { DeliveryContext } from './context.ts'
import { leaveRoom } from './leave-room.ts'
import { type JobTarget, jobOf, outboxOf } from './outbox.ts'
import { deliverThread, type HealthChange } from './run.ts'
import { clearError, showHealth } from './show-health.ts'
import {
  oneThreadBehind,
  overdueConnections,
  rewind,
  rewindOutdated,
  type ThreadKey,
  threadsBehind,
} from './threads.ts'
import type { DeliveryTiming } from './timing.ts'

/** How far back most sweeps look, in milliseconds: longer than any transaction takes. */
const sweepWindowMs = 120_000
/** How often a sweep looks at all polls, in milliseconds. */
const fullSweepMs = 300_000
/** How long a person who disconnects waits for the chat, in milliseconds. */
const endingTimeoutMs = 3_000
/** When to try again to show or clear an error in a chat, in milliseconds; less often where it is paused. */
const showHealthAgainMs = { active: 60_000, paused: 900_000 }

/**
 * Delivers events to the chats, in order and at least once. It alone adds jobs to the delivery queue and takes jobs
 * from it. A job only says that a thread, or a connection, may need work: the truth is the thread's cursor, so a lost
 * or repeated job only costs time: a sweep finds threads without a job.
 */
export class DeliveryWorker {
  readonly enqueue: OutboxHook
  readonly #prisma: PrismaClient
  readonly #context: DeliveryContext
  readonly #timing: DeliveryTiming
  readonly #stopping = new AbortController()
  /** Undefined until `start`: without it, a later sweep finds the threads. */
  #queue: KeyedQueue<JobTarget> | undefined
  #sweeping: Promise<void> | undefined

  constructor(prisma: PrismaClient, context: DeliveryContext, timing: DeliveryTiming) {
    this.#prisma = prisma
    this.#context = context
    this.#timing = timing
    this.enqueue = outboxOf(() => this.#queue, context.clock)
  }

  /** Starts to deliver, first of all what is left from before. */
  async start(boss: PgBoss, log: FastifyBaseLogger): Promise<void> {
    const { limits } = this.#timing
    const handle = (target: JobTarget, signals: StopSignals) => this.#handle(target, signals)
    this.#queue = new KeyedQueue<JobTarget>(boss, 'deliver', limits, handle, log, this.#context.traceContext)
    await this.#queue.start()
    this.#sweeping = this.#sweepUntilStopped(log)
  }

  /** Stops what is under way. Nothing is lost: the next process that takes the thread continues. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#queue?.stop()
    await Promise.all([...this.#context.chats.values()].map((chat) => chat.close()))
    await this.#sweeping
  }

  /** A person has made or changed a connection: delivers what is missing, and shows or clears an error in its chat. */
  async changed(connectionId: string): Promise<void> {
    await this.wake(connectionId)
    await this.#checkAfter(connectionId, 0)
  }

  /** A person is about to end a connection: clears the error in its chat, and leaves the room, while it can be reached. */
  async ending(connectionId: string): Promise<void> {
    const connection = await this.#prisma.connection.findUnique({ where: { id: connectionId } })
    const signal = AbortSignal.timeout(endingTimeoutMs)
    if (!connection) return
    await clearError(this.#prisma, this.#context, connection, signal)
    await leaveRoom(this.#prisma, this.#context, connection, signal)
  }

  /** Queues every thread of a connection that has something to deliver. */
  async wake(connectionId: string): Promise<void> {
    for await (const threads of threadsBehind(this.#prisma, { connectionId })) await this.#add(threads)
  }

  /** Posts the last event again in threads that show an older state of the poll, although they wait for nothing. */
  async refreshThreads(pollId: string): Promise<void> {
    await this.#add(await rewindOutdated(this.#prisma, pollId))
  }

  /** Shows the poll again in a thread that waits for nothing: somebody has changed what the room shows. */
  async showAgain(thread: ThreadKey): Promise<void> {
    await this.#add(await rewind(this.#prisma, thread))
  }

  /** Retries a connection at once, and posts its rejected messages again. */
  async resend(connectionId: string): Promise<void> {
    await this.#prisma.connection.updateMany({ where: { id: connectionId }, data: { retryAt: null } })
    await this.#prisma.rejection.updateMany({ where: { connectionId }, data: { resend: true } })
    await this.wake(connectionId)
  }

  /**
   * Queues threads without a job: a process may be killed, or stall, just after it has committed.
   *
   * @param since only polls with activity since then
   */
  async sweep(since?: Date): Promise<void> {
    for await (const threads of threadsBehind(this.#prisma, { since })) await this.#add(threads)
    for (const id of await overdueConnections(this.#prisma, this.#context.clock())) await this.#checkAfter(id, 0)
  }

  async #handle({ connectionId, pollId }: JobTarget, signals: StopSignals): Promise<number | undefined> {
    if (!pollId) return this.#checkConnection(connectionId, signals)
    const { moreAfterMs, health, ...failure } = await deliverThread(this.#context, { connectionId, pollId }, signals)
    if (health) await this.#onHealthChange(connectionId, health)
    if ('error' in failure) throw failure.error
    return moreAfterMs
  }

  async #onHealthChange(connectionId: string, health: HealthChange): Promise<void> {
    if (health.kind === 'failing') return this.#checkAfter(connectionId, health.retryAfterMs)
    if (health.kind === 'recovered') await this.wake(connectionId)
    await this.#checkAfter(connectionId, 0)
  }

  /**
   * One thread of a failing connection is tried. When it works, all others are woken. The chat of a connection that was
   * paused automatically may not accept an error either, so we try that once.
   */
  async #checkConnection(connectionId: string, { abort }: StopSignals): Promise<number | undefined> {
    const connection = await this.#prisma.connection.findUnique({ where: { id: connectionId } })
    if (connection?.status !== 'active' && connection?.status !== 'paused') return undefined
    const waitMs = (connection.retryAt?.getTime() ?? 0) - this.#context.clock().getTime()
    if (waitMs > 0) return waitMs
    const thread = connection.retryAt && (await oneThreadBehind(this.#prisma, connectionId))
    if (thread) await this.#add([thread])
    const isShown = await showHealth(this.#prisma, this.#context, connection, abort)
    const isSettled = isShown || connection.failingSince || connection.statusReason
    return isSettled ? undefined : showHealthAgainMs[connection.status]
  }

  async #add(targets: readonly JobTarget[]): Promise<void> {
    if (targets.length > 0) await this.#queue?.add(targets.map(jobOf))
  }

  async #checkAfter(connectionId: string, ms: number): Promise<void> {
    await this.#queue?.set(jobOf({ connectionId }), ms)
  }

  async #sweepUntilStopped(log: FastifyBaseLogger): Promise<void> {
    const { signal } = this.#stopping
    let fullSweepAt = 0
    while (!signal.aborted) {
      const isFull = performance.now() >= fullSweepAt
      const since = isFull ? undefined : new Date(this.#context.clock().getTime() - sweepWindowMs)
      try {
        await this.sweep(since)
        if (isFull) fullSweepAt = performance.now() + fullSweepMs
      } catch (err) {
        log.error({ err }, 'The sweep for undelivered events failed')
      }
      await sleep(this.#timing.sweepMs, undefined, { signal }).catch(() => {})
    }
  }
}
