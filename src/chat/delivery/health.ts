import { LRUCache } from 'lru-cache'
import type { PrismaClient } from '../../database/generated/client.ts'
import { type Backoff, backoffMs } from './backoff.ts'
import type { ConnectionState } from './cursor.ts'

const maxFailingMs = 3 * 86_400_000
/** A retry that is overdue by more than this was not missed by the chat: no process ran, or the machine slept. */
const maxLateMs = 3_600_000
/** The time of the last delivery is stored at most this often. */
const storeAgainMs = 1_000
const maxConnections = 10_000

/** Stores what delivery finds out about connections: success, failure with backoff, pause, end. */
export class ConnectionHealth {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #timing: { backoff: Backoff; tryMs: number }
  /** By connection id: when this process last stored the time of a delivery, in milliseconds since the epoch. */
  readonly #storedAt = new LRUCache<string, number>({ max: maxConnections })

  /** @param timing `tryMs`: for how long one thread alone may retry a failing connection, in milliseconds */
  constructor(prisma: PrismaClient, clock: () => Date, timing: { backoff: Backoff; tryMs: number }) {
    this.#prisma = prisma
    this.#clock = clock
    this.#timing = timing
  }

  /** Whether the connection is failing and its retry time has not come. */
  isResting({ retryAt }: ConnectionState): boolean {
    return retryAt !== null && retryAt > this.#clock()
  }

  async isActive({ id }: ConnectionState): Promise<boolean> {
    return (await this.#prisma.connection.count({ where: { id, status: 'active' } })) > 0
  }

  /**
   * Resolves to whether to post. When the retry time of a failing connection has come, one thread retries for all: the
   * first one takes the retry by setting a later time.
   */
  async claimRetry(connection: ConnectionState): Promise<boolean> {
    if (!connection.retryAt) return true
    this.#forgiveOverdue(connection)
    const retryAt = new Date(this.#clock().getTime() + this.#timing.tryMs)
    const where = { id: connection.id, retryAt: connection.retryAt }
    const { count } = await this.#prisma.connection.updateMany({ where, data: { retryAt } })
    connection.retryAt = retryAt
    return count > 0
  }

  /** A retry that nobody made for a long time does not count towards `maxFailingMs`. */
  #forgiveOverdue(connection: ConnectionState): void {
    const now = this.#clock()
    const isLongPast = connection.retryAt && now.getTime() - connection.retryAt.getTime() > maxLateMs
    if (isLongPast && connection.failingSince) connection.failingSince = now
  }

  /**
   * Records that the chat answered.
   *
   * @param isAccepted whether it accepted the message
   * @returns whether the connection was failing and has recovered
   */
  async answered(connection: ConnectionState, isAccepted: boolean): Promise<boolean> {
    const now = this.#clock()
    const isRecovered = connection.failingSince !== null
    const storedAt = Math.max(connection.lastDelivered?.getTime() ?? 0, this.#storedAt.get(connection.id) ?? 0)
    const isRecent = !isAccepted || now.getTime() - storedAt < storeAgainMs
    if (isRecent && !isRecovered) return false
    if (isAccepted) this.#storedAt.set(connection.id, now.getTime())
    const data = { ...(isAccepted && { lastDelivered: now }), ...(isRecovered && healthy) }
    await this.#prisma.connection.updateMany({ where: { id: connection.id }, data })
    Object.assign(connection, data)
    return isRecovered
  }

  /**
   * Records a failed attempt.
   *
   * @param askedMs the wait that the chat asked for, in milliseconds
   * @returns after how many milliseconds to retry; undefined when another thread has recorded the failure
   */
  async failed(connection: ConnectionState, reason: string, askedMs?: number): Promise<number | undefined> {
    const now = this.#clock()
    const attempts = connection.attempts + 1
    const failingSince = connection.failingSince ?? now
    const afterMs = backoffMs(this.#timing.backoff, attempts, Math.random(), askedMs)
    const { count } = await this.#prisma.connection.updateMany({
      where: { id: connection.id, status: 'active', retryAt: connection.retryAt },
      data: { attempts, failingSince, retryAt: new Date(now.getTime() + afterMs), lastError: reason, lastErrorAt: now },
    })
    if (count === 0) return undefined
    if (now.getTime() - failingSince.getTime() < maxFailingMs) return afterMs
    await this.pause(connection, `Nothing could be delivered for three days. Last error: ${reason}`)
    return 0
  }

  /** Undelivered events stay. A person has to resume the connection. */
  async pause(connection: ConnectionState, reason: string): Promise<void> {
    await this.#end(connection, reason, { status: 'paused' })
  }

  /** Ends the connection for good and forgets its credentials. */
  async retire(connection: ConnectionState, reason: string): Promise<void> {
    await this.#end(connection, reason, { status: 'retired', credentials: null, readCredentials: null })
  }

  async #end(
    { id }: ConnectionState,
    reason: string,
    data: { status: 'paused' | 'retired'; credentials?: null; readCredentials?: null },
  ) {
    const why = { statusReason: reason, lastError: reason, lastErrorAt: this.#clock() }
    await this.#prisma.connection.updateMany({
      where: { id, status: { in: ['active', 'paused'] } },
      data: { ...data, ...why, ...healthy },
    })
  }
}

const healthy = { failingSince: null, attempts: 0, retryAt: null }
