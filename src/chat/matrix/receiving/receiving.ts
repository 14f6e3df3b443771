import type { LRUCache } from 'lru-cache'
import type { Services } from '../../../services.ts'
import type { MatrixChat } from '../matrix-chat.ts'
import type { StartFinder } from './native/starts.ts'

export type ReceivingServices = Pick<
  Services,
  | 'config'
  | 'clock'
  | 'database'
  | 'ballotBox'
  | 'polls'
  | 'chatAccounts'
  | 'connections'
  | 'credentials'
  | 'signInStates'
  | 'delivery'
>

/** What handling an event works with. */
export type Receiving = {
  services: ReceivingServices
  matrix: MatrixChat
  /** The display name of an account in a room. */
  nameOf(room: string, account: string): Promise<string>
  /** Reads a native poll of the bot. */
  startOf: StartFinder
  foreignThreads: LRUCache<string, true>
  /** By account, the events of the last minute that created polls. */
  pollsOf: LRUCache<string, Set<string>>
  /** How many wrong codes an account has sent lately. */
  wrongCodes: LRUCache<string, number>
}

/** An event that is handled. `id` is its event id, from which every idempotency key is derived. */
export type Received<Content> = { id: string; room: string; sentAt: Date; content: Content; signal: AbortSignal }

/** The thread of a poll in a room. */
export type PollThread = { pollId: string; root: string; connection: { id: string; roomName: string } }
