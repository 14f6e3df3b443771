import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { PgBoss } from 'pg-boss'
import type { PrismaClient } from '../../database/generated/client.ts'
import type { OutboxHook } from '../../polls/ballot-box/batch.ts'
import { KeyedQueue, type StopSignals } from '../../queue/keyed-queue.ts'
import type { DeliveryContext } from './context.ts'
import { Deliverer } from './deliverer.ts'
import { enqueue, type JobTarget, jobOf } from './outbox.ts'
import { clearError, showHealth } from './show-health.ts'
import { oneThreadBehind, overdueConnections, rewindOutdated, threadsBehind } from './threads.ts'
import type { DeliveryTiming } from './timing.ts'

/** How far back a sweep looks, in milliseconds: longer than any transaction takes. */
const recentMs = 120_000
/** How long somebody who disconnects waits until the chat shows no error any more, in milliseconds. */
const leavingMs = 3_000
/** When to try again to have an error shown, or cleared, in a chat, in milliseconds; less often where it is paused. */
const showAgainMs = { active: 60_000, paused: 900_000 }

/** Brings what happens in polls to the chats: everywhere, in order, whatever breaks in between. */
export class DeliveryWorker {
  readonly #prisma: PrismaClient
  readonly #context: DeliveryContext
  readonly #timing: DeliveryTiming
  readonly #deliverer: Deliverer
  readonly #stopping = new AbortController()
  #queue: KeyedQueue<JobTarget> | undefined
  #sweeping: Promise<void> | undefined

  constructor(prisma: PrismaClient, context: DeliveryContext, timing: DeliveryTiming) {
    this.#prisma = prisma
    this.#context = context
    this.#timing = timing
    this.#deliverer = new Deliverer(context, {
      failing: (connectionId, afterMs) => this.#careAfter(connectionId, afterMs),
      working: async ({ id }, isRecovered) => {
        if (isRecovered) await this.wake(id)
        await this.#careAfter(id, 0)
      },
    })
  }

  /** Notes in a batch's transaction whom to tell of it; the ballot box calls it. */
  readonly outboxHook: OutboxHook = (tx, committed) => enqueue(tx, committed, this.#queue, this.#context.clock())

  /** Begins to deliver, first of all what is left from before. */
  async start(boss: PgBoss, log: FastifyBaseLogger): Promise<void> {
    const look = (target: JobTarget, signals: StopSignals) => this.#look(target, signals)
    this.#queue = new KeyedQueue<JobTarget>(boss, 'deliver', this.#timing.limits, look, log, this.#context.traceContext)
    await this.#queue.start()
    this.#sweeping = this.#sweepOn(log)
  }

  /** Ends what is under way, of which nothing is lost. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#queue?.stop()
    await Promise.all([...this.#context.chats.values()].map((chat) => chat.close()))
    await this.#sweeping
  }

  /**
   * Somebody has made a connection, or changed it: it is told what it has not been message, and its chat shows how it is.
   */
  async changed(connectionId: string): Promise<void> {
    await this.wake(connectionId)
    await this.#careAfter(connectionId, 0)
  }

  /** Somebody is about to end a connection, after which its chat cannot be reached. */
  async ending(connectionId: string): Promise<void> {
    const connection = await this.#prisma.connection.findUnique({ where: { id: connectionId } })
    const signal = AbortSignal.timeout(leavingMs)
    if (connection) await clearError(this.#prisma, this.#context, connection, signal)
  }

  /** Tells a connection all that it has not been message: it is new, or goes on, or wants something else. */
  async wake(connectionId: string): Promise<void> {
    for await (const threads of threadsBehind(this.#prisma, { connectionId })) await this.#add(threads)
  }

  /** Has the threads of a poll show it as it stands, where what happened last was not of a kind that is wanted. */
  async showAnew(pollId: string): Promise<void> {
    await this.#add(await rewindOutdated(this.#prisma, pollId))
  }

  /** Tries at once what failed, and once more what was rejected. */
  async resend(connectionId: string): Promise<void> {
    await this.#prisma.connection.updateMany({ where: { id: connectionId }, data: { retryAt: null } })
    await this.#prisma.rejection.updateMany({ where: { connectionId }, data: { resend: true } })
    await this.wake(connectionId)
  }

  /**
   * Wakes those that nobody is woken for: a process may be killed, or stand still, just after it has committed.
   *
   * @param since looks only at polls in which something has happened since
   */
  async sweep(since?: Date): Promise<void> {
    for await (const threads of threadsBehind(this.#prisma, { since })) await this.#add(threads)
    for (const id of await overdueConnections(this.#prisma, this.#context.clock())) await this.#careAfter(id, 0)
  }

  async #add(target: readonly JobTarget[]): Promise<void> {
    if (target.length > 0) await this.#queue?.add(target.map(jobOf))
  }

  async #careAfter(connectionId: string, ms: number): Promise<void> {
    await this.#queue?.set(jobOf({ connectionId }), ms)
  }

  async #look({ connectionId, pollId }: JobTarget, signals: StopSignals): Promise<number | undefined> {
    return pollId ? this.#deliverer.deliver({ connectionId, pollId }, signals) : this.#careFor(connectionId, signals)
  }

  /**
   * One thread tries for a connection that fails; when that works, it has all others target. A chat where it
   * paused by itself may not even take an error: that is tried once.
   */
  async #careFor(connectionId: string, { abort }: StopSignals): Promise<number | undefined> {
    const connection = await this.#prisma.connection.findUnique({ where: { id: connectionId } })
    if (connection?.status !== 'active' && connection?.status !== 'paused') return undefined
    const waitMs = (connection.retryAt?.getTime() ?? 0) - this.#context.clock().getTime()
    if (waitMs > 0) return waitMs
    const one = connection.retryAt && (await oneThreadBehind(this.#prisma, connectionId))
    if (one) await this.#add([one])
    const isShown = await showHealth(this.#prisma, this.#context, connection, abort)
    return isShown || connection.failingSince || connection.statusReason ? undefined : showAgainMs[connection.status]
  }

  async #sweepOn(log: FastifyBaseLogger): Promise<void> {
    const { signal } = this.#stopping
    let since: Date | undefined
    while (!signal.aborted) {
      await this.sweep(since).catch((err) => log.error({ err }, 'Who is to be told what happened cannot be found out'))
      await sleep(this.#timing.sweepMs, undefined, { signal }).catch(() => {})
      since = new Date(this.#context.clock().getTime() - recentMs)
    }
  }
}
