import type { NonVoterQueries } from '../../polls/queries/non-voters.ts'
import type { PollQueries } from '../../polls/queries/poll-queries.ts'
import type { TraceContext } from '../../tracing/trace-context.ts'
import type { Chat, Outcome } from '../chat.ts'
import type { Credentials } from '../connections/credentials.ts'
import type { DeliveryCursors } from './cursor.ts'
import type { ConnectionHealth } from './health.ts'
import type { Pace } from './pace.ts'
import type { HoldTimes } from './plan.ts'

/** What delivery works with. */
export type DeliveryContext = {
  cursors: DeliveryCursors
  health: ConnectionHealth
  polls: Pick<PollQueries, 'events'>
  nonVoters: Pick<NonVoterQueries, 'of'>
  credentials: Credentials
  /** By name, as in `Connection.chat`. */
  chats: ReadonlyMap<string, Chat>
  pace: Pace
  hold: HoldTimes
  clock: () => Date
  /** For how many milliseconds a run starts further messages. After that, other threads have their turn. */
  runMs: number
  /** Links a run to the trace of the request that caused it. */
  traceContext?: TraceContext | undefined
  /** Called with every answer of a chat. It must not throw. */
  observe?(delivered: Delivered): void
}

/** The outcome of one message, and the times of the events in it. */
export type Delivered = { connectionId: string; outcome: Outcome['kind']; eventsAt: Date[]; now: Date }
