import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client'
import type { Delivered } from '../chat/delivery/context.ts'

/**
 * How many events these connections wait for, and some others, up to so many; only of connections that are still there.
 */
export type Backlogs = (known: readonly string[], most: number) => Promise<ReadonlyMap<string, number>>

/** Of more connections than this, the others are counted as one. */
const maxConnections = 500
const others = 'others'
const outcomes = ['sent', 'later', 'gone', 'unauthorized', 'invalid'] as const

/** What chats are told, by connection. */
export class DeliveryMetrics {
  readonly #total: Counter<'connection' | 'outcome'>
  readonly #lag: Histogram<'connection'>
  readonly #waiting: Gauge<'connection'>
  readonly #known = new Set<string>()
  #read: Backlogs | undefined

  constructor(registry: Registry) {
    const registers = [registry]
    this.#total = new Counter({
      name: 'polldock_deliveries_total',
      help: 'Messages that were posted to chats, by what became of them.',
      labelNames: ['connection', 'outcome'],
      registers,
    })
    this.#lag = new Histogram({
      name: 'polldock_delivery_lag_seconds',
      help: 'From an event in a poll until the chat has accepted the message that tells of it.',
      labelNames: ['connection'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200],
      registers,
    })
    this.#waiting = new Gauge({
      name: 'polldock_delivery_events_waiting',
      help: 'Events that a connection has still to be told; the same in all processes.',
      labelNames: ['connection'],
      registers,
    })
  }

  delivered({ connectionId, outcome, eventsAt, now }: Delivered): void {
    const connection = this.#labelOf(connectionId)
    this.#total.inc({ connection, outcome })
    if (outcome !== 'sent') return
    for (const at of eventsAt) this.#lag.observe({ connection }, Math.max(0, now.getTime() - at.getTime()) / 1_000)
  }

  /** Says where to read the backlogs. */
  watch(read: Backlogs): void {
    this.#read = read
  }

  /** Reads the backlogs, and forgets connections that have ended. What cannot be read is missing; the rest is there. */
  async refresh(): Promise<void> {
    this.#waiting.reset()
    const backlogs = await this.#read?.([...this.#known], maxConnections).catch(() => undefined)
    if (!backlogs) return
    for (const id of this.#known) if (!backlogs.has(id)) this.#forget(id)
    for (const [connection, events] of backlogs) this.#waiting.set({ connection }, events)
  }

  #labelOf(connectionId: string): string {
    if (this.#known.size < maxConnections) this.#known.add(connectionId)
    return this.#known.has(connectionId) ? connectionId : others
  }

  #forget(connection: string): void {
    this.#known.delete(connection)
    this.#lag.remove({ connection })
    for (const outcome of outcomes) this.#total.remove({ connection, outcome })
  }
}
