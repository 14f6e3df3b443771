import type { PollQueries } from '../../polls/queries/poll-queries.ts'
import type { StopSignals } from '../../queue/keyed-queue.ts'
import type { TraceContext } from '../../tracing/trace-context.ts'
import type { Chat, Outcome } from '../chat.ts'
import type { Credentials } from '../connections/credentials.ts'
import type { ConnectionState, DeliveryCursors } from './cursor.ts'
import type { ConnectionHealth } from './health.ts'
import type { Pace } from './pace.ts'
import { type ChatRoute, DeliveryRun } from './run.ts'
import type { ThreadKey } from './threads.ts'

/** What delivery works with. */
export type DeliveryContext = {
  cursors: DeliveryCursors
  health: ConnectionHealth
  polls: PollQueries
  credentials: Credentials
  /** By name, as in `Connection.chat`. */
  chats: ReadonlyMap<string, Chat>
  pace: Pace
  clock: () => Date
  /** How long a turn begins further messages, in milliseconds; then other threads have theirs. */
  runMs: number
  /** Connects a turn with what woke it. */
  traceContext?: TraceContext | undefined
  /** Told of every answer of a chat; must not throw. */
  observe?(delivered: Delivered): void
}

/** That a message was posted, what became of it, and when the events happened that it tells of. */
export type Delivered = { connectionId: string; outcome: Outcome['kind']; eventsAt: Date[]; now: Date }

/**
 * Told when a connection fails, with the milliseconds until it is to be seen to, and when it works, if it failed
 * before or its chat still shows that it does.
 */
export type HealthListener = {
  failing(connectionId: string, afterMs: number): Promise<void>
  working(connection: ConnectionState, isRecovered: boolean): Promise<void>
}

/** Tells threads what happened in their polls. */
export class Deliverer {
  readonly #context: DeliveryContext
  readonly #healthListener: HealthListener

  constructor(context: DeliveryContext, healthListener: HealthListener) {
    this.#context = context
    this.#healthListener = healthListener
  }

  /**
   * Tells the thread what it has not been message, in order, as far as that works. Only one may do so at a time.
   *
   * @param ends it early, with nothing lost
   * @returns after how many milliseconds there is more to be message, if so
   */
  async deliver(thread: ThreadKey, signals: StopSignals): Promise<number | undefined> {
    const cursor = await this.#context.cursors.read(thread)
    if (!cursor?.connection.isActive || this.#context.health.isResting(cursor.connection)) return undefined
    const route = await this.#lineTo(cursor.connection)
    if (!route) return undefined
    const drain = AbortSignal.any([signals.drain, AbortSignal.timeout(this.#context.runMs)])
    return new DeliveryRun(this.#context, this.#healthListener, cursor, route, { ...signals, drain: drain }).take()
  }

  /** Undefined when nothing can be posted there. */
  async #lineTo(connection: ConnectionState): Promise<ChatRoute | undefined> {
    const chat = this.#context.chats.get(connection.chat)
    if (!chat || !connection.credentials) return undefined
    const credentials = await this.#context.credentials.open(connection.credentials)
    if (credentials !== undefined) return { chat, credentials }
    await this.#context.health.pause(connection, 'What posting takes was sealed under another SECRET. Pair it again.')
    return undefined
  }
}
