import type { PollQueries } from '../../polls/queries/poll-queries.ts'
import type { TraceContext } from '../../tracing/trace-context.ts'
import type { Chat, Outcome } from '../chat.ts'
import type { Credentials } from '../connections/credentials.ts'
import type { ConnectionState, DeliveryCursors } from './cursor.ts'
import type { ConnectionHealth } from './health.ts'
import type { Pace } from './pace.ts'

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
