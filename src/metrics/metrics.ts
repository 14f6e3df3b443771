import { Counter, collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client'
import type { PoolUse } from '../database/database.ts'
import { BallotMetrics } from './ballots.ts'
import { type Backlogs, DeliveryMetrics } from './deliveries.ts'
import { RequestMetrics } from './requests.ts'

/** What is read only when somebody asks. */
export type Sources = {
  /** How many commands wait for the ballot box. */
  commandsWaiting(): number
  viewers(): number
  /** Undefined where there is no pool. */
  pool(): PoolUse | undefined
  backlogs: Backlogs
}

/** What this process counts and measures of itself, for Prometheus. */
export class Metrics {
  readonly #registry = new Registry()
  readonly requests = new RequestMetrics(this.#registry)
  readonly ballots = new BallotMetrics(this.#registry)
  readonly deliveries = new DeliveryMetrics(this.#registry)
  readonly threadActions = new ThreadActionMetrics(this.#registry)

  /** Says where to read the rest; once. */
  watch({ commandsWaiting, viewers, pool, backlogs }: Sources): void {
    collectDefaultMetrics({ register: this.#registry })
    this.#gauge('polldock_commands_waiting', 'Commands that wait for the ballot box.', commandsWaiting)
    this.#gauge('polldock_live_viewers', 'Open streams that follow a poll.', viewers)
    if (pool()) this.#watchPool(pool)
    this.deliveries.watch(backlogs)
  }

  /** Says how many streams are counted against the limit of their address; once, where there is a limit. */
  watchStreamSlots(slots: () => number): void {
    this.#gauge('polldock_stream_slots', 'Open streams that count against the limit of their address.', slots)
  }

  /** All of it as text, and the type of that text. */
  async print(): Promise<{ type: string; text: string }> {
    await this.deliveries.refresh()
    return { type: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  #watchPool(pool: Sources['pool']): void {
    const { idle, busy, waiting } = {
      idle: () => pool()?.idle ?? 0,
      busy: () => (pool()?.total ?? 0) - (pool()?.idle ?? 0),
      waiting: () => pool()?.waiting ?? 0,
    }
    this.#gauge('polldock_database_connections_idle', 'Connections to PostgreSQL that nobody uses.', idle)
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

/** Actions that were picked in the threads of chats. */
export class ThreadActionMetrics {
  readonly #total: Counter<'result' | 'reason'>

  constructor(registry: Registry) {
    this.#total = new Counter({
      name: 'polldock_thread_actions_total',
      help: 'Actions picked in threads of chats, by what became of them, and why.',
      labelNames: ['result', 'reason'],
      registers: [registry],
    })
  }

  /** @param reason one of a fixed list; nothing that was sent */
  count(result: string, reason = ''): void {
    this.#total.inc({ result, reason })
  }
}
