import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { PgBoss } from 'pg-boss'
import type { PrismaClient } from '../../database/generated/client.ts'
import type { Alongside } from '../../polls/ballot-box/transaction.ts'
import { type Ends, WakeUps } from '../../queue/keyed-queue.ts'
import { Deliverer, type Means } from './deliverer.ts'
import { enqueue, type Woken, wakeUpOf } from './outbox.ts'
import { clearError, showHealth } from './show-health.ts'
import { oneBehind, overdueConnections, rewindOutdated, threadsBehind } from './threads.ts'
import type { DeliveryTiming } from './timing.ts'

/** How far back a sweep looks, in milliseconds: longer than any transaction takes. */
const recentMs = 120_000
/** How long somebody who disconnects waits until the chat shows no error any more, in milliseconds. */
const leavingMs = 3_000
/** When to try again to have an error shown, or cleared, in a chat, in milliseconds; less often where it is paused. */
const showAgainMs = { active: 60_000, paused: 900_000 }

/** Brings what happens in polls to the chats: everywhere, in order, whatever breaks in between. */
export class Delivery {
  readonly #prisma: PrismaClient
  readonly #means: Means
  readonly #timing: DeliveryTiming
  readonly #deliverer: Deliverer
  readonly #stopping = new AbortController()
  #wakeUps: WakeUps<Woken> | undefined
  #sweeping: Promise<void> | undefined

  constructor(prisma: PrismaClient, means: Means, timing: DeliveryTiming) {
    this.#prisma = prisma
    this.#means = means
    this.#timing = timing
    this.#deliverer = new Deliverer(means, {
      failing: (connectionId, afterMs) => this.#careAfter(connectionId, afterMs),
      working: async ({ id }, isRecovered) => {
        if (isRecovered) await this.wake(id)
        await this.#careAfter(id, 0)
      },
    })
  }

  /** Notes in a batch's transaction whom to tell of it; the ballot box calls it. */
  readonly alongside: Alongside = (tx, committed) => enqueue(tx, committed, this.#wakeUps, this.#means.clock())

  /** Begins to deliver, first of all what is left from before. */
  async start(boss: PgBoss, log: FastifyBaseLogger): Promise<void> {
    const look = (woken: Woken, ends: Ends) => this.#look(woken, ends)
    this.#wakeUps = new WakeUps<Woken>(boss, 'deliver', this.#timing.limits, look, log, this.#means.trail)
    await this.#wakeUps.start()
    this.#sweeping = this.#sweepOn(log)
  }

  /** Ends what is under way, of which nothing is lost. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#wakeUps?.stop()
    await Promise.all([...this.#means.chats.values()].map((chat) => chat.close()))
    await this.#sweeping
  }

  /**
   * Somebody has made a connection, or changed it: it is told what it has not been told, and its chat shows how it is.
   */
  async changed(connectionId: string): Promise<void> {
    await this.wake(connectionId)
    await this.#careAfter(connectionId, 0)
  }

  /** Somebody is about to end a connection, after which its chat cannot be reached. */
  async ending(connectionId: string): Promise<void> {
    const connection = await this.#prisma.connection.findUnique({ where: { id: connectionId } })
    const signal = AbortSignal.timeout(leavingMs)
    if (connection) await clearError(this.#prisma, this.#means, connection, signal)
  }

  /** Tells a connection all that it has not been told: it is new, or goes on, or wants something else. */
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
    for (const id of await overdueConnections(this.#prisma, this.#means.clock())) await this.#careAfter(id, 0)
  }

  async #add(woken: readonly Woken[]): Promise<void> {
    if (woken.length > 0) await this.#wakeUps?.add(woken.map(wakeUpOf))
  }

  async #careAfter(connectionId: string, ms: number): Promise<void> {
    await this.#wakeUps?.set(wakeUpOf({ connectionId }), ms)
  }

  async #look({ connectionId, pollId }: Woken, ends: Ends): Promise<number | undefined> {
    return pollId ? this.#deliverer.deliver({ connectionId, pollId }, ends) : this.#careFor(connectionId, ends)
  }

  /**
   * One thread tries for a connection that fails; when that works, it has all others woken. A chat where it
   * paused by itself may not even take an error: that is tried once.
   */
  async #careFor(connectionId: string, { now }: Ends): Promise<number | undefined> {
    const connection = await this.#prisma.connection.findUnique({ where: { id: connectionId } })
    if (connection?.status !== 'active' && connection?.status !== 'paused') return undefined
    const waitMs = (connection.retryAt?.getTime() ?? 0) - this.#means.clock().getTime()
    if (waitMs > 0) return waitMs
    const one = connection.retryAt && (await oneBehind(this.#prisma, connectionId))
    if (one) await this.#add([one])
    const isShown = await showHealth(this.#prisma, this.#means, connection, now)
    return isShown || connection.failingSince || connection.statusReason ? undefined : showAgainMs[connection.status]
  }

  async #sweepOn(log: FastifyBaseLogger): Promise<void> {
    const { signal } = this.#stopping
    let since: Date | undefined
    while (!signal.aborted) {
      await this.sweep(since).catch((err) => log.error({ err }, 'Who is to be told what happened cannot be found out'))
      await sleep(this.#timing.sweepMs, undefined, { signal }).catch(() => {})
      since = new Date(this.#means.clock().getTime() - recentMs)
    }
  }
}
