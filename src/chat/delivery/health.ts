import type { PrismaClient } from '../../database/generated/client.ts'
import { type Backoff, backoffMs } from './backoff.ts'
import type { ConnectionState } from './cursor.ts'

const maxFailingMs = 3 * 86_400_000
/** Later than this, it was not tried because no process ran, or the machine slept. */
const maxLateMs = 3_600_000
/** How old the note of the last delivery may be before it is renewed. */
const noteMs = 1_000

/** Notes what delivery finds out about connections. */
export class ConnectionHealth {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #timing: { backoff: Backoff; tryMs: number }

  /** @param timing `tryMs` is how long one thread has for trying a connection that fails, before another may */
  constructor(prisma: PrismaClient, clock: () => Date, timing: { backoff: Backoff; tryMs: number }) {
    this.#prisma = prisma
    this.#clock = clock
    this.#timing = timing
  }

  /** Whether it is failing, and not to be tried yet. */
  isResting({ retryAt }: ConnectionState): boolean {
    return retryAt !== null && retryAt > this.#clock()
  }

  /** Whether it is on, now. */
  async isActive({ id }: ConnectionState): Promise<boolean> {
    return (await this.#prisma.connection.count({ where: { id, status: 'active' } })) > 0
  }

  /** Whether to post. When the time has come to try a connection that fails, one thread does that for all. */
  async mayPost(connection: ConnectionState): Promise<boolean> {
    if (!connection.retryAt) return true
    this.#beginAnew(connection)
    const retryAt = new Date(this.#clock().getTime() + this.#timing.tryMs)
    const where = { id: connection.id, retryAt: connection.retryAt }
    const { count } = await this.#prisma.connection.updateMany({ where, data: { retryAt } })
    connection.retryAt = retryAt
    return count > 0
  }

  /** Where nobody tried for long after the time had come, nobody was there: that does not count as failing. */
  #beginAnew(connection: ConnectionState): void {
    const now = this.#clock()
    const isLongPast = connection.retryAt && now.getTime() - connection.retryAt.getTime() > maxLateMs
    if (isLongPast && connection.failingSince) connection.failingSince = now
  }

  /**
   * The chat answered.
   *
   * @param isTaken whether it took the message
   * @returns whether it had been failing, and goes on now
   */
  async answered(connection: ConnectionState, isTaken: boolean): Promise<boolean> {
    const now = this.#clock()
    const isRecovered = connection.failingSince !== null
    const isNoted = !isTaken || now.getTime() - (connection.lastDelivered?.getTime() ?? 0) < noteMs
    if (isNoted && !isRecovered) return false
    const data = { ...(isTaken && { lastDelivered: now }), ...(isRecovered && healthy) }
    await this.#prisma.connection.updateMany({ where: { id: connection.id }, data })
    Object.assign(connection, data)
    return isRecovered
  }

  /**
   * @param askedMs how long the chat asked to be left alone
   * @returns after how many milliseconds to see to it again; undefined when another thread has noted it
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
    await this.pause(connection, `Nothing could be delivered for three days. The last reason: ${reason}`)
    return 0
  }

  /** What is there to be told stays; somebody has to say that it goes on. */
  async pause(connection: ConnectionState, reason: string): Promise<void> {
    await this.#end(connection, reason, { status: 'paused' })
  }

  /** For good: what posting took is forgotten. */
  async retire(connection: ConnectionState, reason: string): Promise<void> {
    await this.#end(connection, reason, { status: 'retired', credentials: null })
  }

  async #end({ id }: ConnectionState, reason: string, data: { status: 'paused' | 'retired'; credentials?: null }) {
    const why = { statusReason: reason, lastError: reason, lastErrorAt: this.#clock() }
    await this.#prisma.connection.updateMany({
      where: { id, status: { in: ['active', 'paused'] } },
      data: { ...data, ...why, ...healthy },
    })
  }
}

const healthy = { failingSince: null, attempts: 0, retryAt: null }
