import { Counter, collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client'
import type { PoolUse } from '../database/database.ts'
import { BallotMetrics } from './ballots.ts'
import { DeliveryMetrics, type ReadBacklogs } from './deliveries.ts'
import { EventLoopMetrics } from './event-loop.ts'
import { RequestMetrics } from './requests.ts'

/** Values that are read when metrics are requested. */
export type MetricsSources = {
  /** The number of commands in the ballot box's queue. */
  commandsWaiting(): number
  viewers(): number
  /** Undefined without a pool. */
  pool(): PoolUse | undefined
  backlogs: ReadBacklogs
}

/** The metrics of this process, for Prometheus. */
export class Metrics {
  readonly #registry = new Registry()
  readonly requests = new RequestMetrics(this.#registry)
  readonly ballots = new BallotMetrics(this.#registry)
  readonly deliveries = new DeliveryMetrics(this.#registry)
  readonly threadActions = new ThreadActionMetrics(this.#registry)
  readonly #eventLoop = new EventLoopMetrics(this.#registry)

  /** Registers the gauges of these sources; call it once. */
  watch({ commandsWaiting, viewers, pool, backlogs }: MetricsSources): void {
    collectDefaultMetrics({ register: this.#registry })
    this.#gauge('polldock_commands_waiting', 'Commands that wait for the ballot box.', commandsWaiting)
    this.#gauge('polldock_live_viewers', 'Open streams that follow a poll.', viewers)
    if (pool()) this.#watchPool(pool)
    this.deliveries.watch(backlogs)
  }

  /** Registers the gauge of streams that count against the limit of their address; call it once, with a limit. */
  watchStreamSlots(slots: () => number): void {
    this.#gauge('polldock_stream_slots', 'Open streams that count against the limit of their address.', slots)
  }

  /** The metrics as text, and its content type. */
  async print(): Promise<{ type: string; text: string }> {
    await this.deliveries.refresh()
    this.#eventLoop.refresh()
    return { type: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  #watchPool(pool: MetricsSources['pool']): void {
    const { idle, busy, waiting } = {
      idle: () => pool()?.idle ?? 0,
      busy: () => (pool()?.total ?? 0) - (pool()?.idle ?? 0),
      waiting: () => pool()?.waiting ?? 0,
    }
    this.#gauge('polldock_database_connections_idle', 'Idle connections to PostgreSQL.', idle)
    this.#gauge('polldock_database_connections_busy', 'Connections to PostgreSQL in use.', busy)
    this.#gauge('polldock_database_waiting', 'Callers that wait for a connection to PostgreSQL.', waiting)
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read())
      },
    })
  }
}

/** Metrics of actions in chat threads. */
class ThreadActionMetrics {
  readonly #total: Counter<'result' | 'reason'>

  constructor(registry: Registry) {
    this.#total = new Counter({
      name: 'polldock_thread_actions_total',
      help: 'Actions in chat threads, by result and reason.',
      labelNames: ['result', 'reason'],
      registers: [registry],
    })
  }

  /** @param reason one of a fixed list, never text from a request */
  count(result: string, reason = ''): void {
    this.#total.inc({ result, reason })
  }
}
