import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client'
import type { Delivered } from '../chat/delivery/context.ts'

/**
 * Reads the number of waiting events of these connections, and of others up to `most` in all. Deleted connections are
 * left out.
 */
export type ReadBacklogs = (known: readonly string[], most: number) => Promise<ReadonlyMap<string, number>>

/** Further connections share one label. */
const maxConnections = 500
const others = 'others'
const outcomes = ['sent', 'later', 'gone', 'unauthorized', 'invalid'] as const

/** Metrics of delivery to chats, by connection. */
export class DeliveryMetrics {
  readonly #total: Counter<'connection' | 'outcome'>
  readonly #lag: Histogram<'connection'>
  readonly #waiting: Gauge<'connection'>
  readonly #known = new Set<string>()
  #read: ReadBacklogs | undefined

  constructor(registry: Registry) {
    const registers = [registry]
    this.#total = new Counter({
      name: 'polldock_deliveries_total',
      help: 'Messages posted to chats, by outcome.',
      labelNames: ['connection', 'outcome'],
      registers,
    })
    this.#lag = new Histogram({
      name: 'polldock_delivery_lag_seconds',
      help: 'Time from an event in a poll until the chat accepted its message.',
      labelNames: ['connection'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200],
      registers,
    })
    this.#waiting = new Gauge({
      name: 'polldock_delivery_events_waiting',
      help: 'Events that wait for delivery to a connection; the same in all processes.',
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

  /** Sets how to read the backlogs. */
  watch(read: ReadBacklogs): void {
    this.#read = read
  }

  /** Reads the backlogs and forgets deleted connections. On an error, only the backlogs are missing. */
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
