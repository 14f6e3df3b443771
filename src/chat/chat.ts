import type { PollEvent } from '../polls/model/events.ts'
import type { Poll } from '../polls/model/poll.ts'

/**
 * An account of the chat, as far as a message shows it. Without its e-mail address: a connection may be another team's,
 * and who gave the address to one room did not give it to all.
 */
export type ChatProfile = { name: string; avatarUrl: string | null }

/**
 * What is said in a poll's thread: one event, or several votes in one. The thread shows the poll as it stands now,
 * which may be later than the events.
 */
export type Entry = {
  /** Made of the connection, the poll and the last revision, to recognise a repeat by (RFC 9562, version 8). */
  uuid: string
  poll: Poll
  /** In the order of their revisions; more than one only for votes. */
  events: readonly [PollEvent, ...PollEvent[]]
  /** The poll has moved to where this connection does not look: nothing follows in this thread. */
  movedAway: boolean
  /** The chat's accounts of the people in `events`, by person id, of those who have one. */
  profiles: ReadonlyMap<string, ChatProfile>
}

/** How the chat took a message. */
export type Outcome =
  | { kind: 'sent' }
  /** It may work later, in `afterMs` milliseconds if the chat said so. */
  | { kind: 'later'; reason: string; afterMs?: number }
  /** Its end of the connection was removed: no more to be posted, its credentials to be forgotten. */
  | { kind: 'gone'; reason: string }
  /** The credentials are not, or no longer, good for this. */
  | { kind: 'refused'; reason: string }
  /** This message will never be taken; others may. */
  | { kind: 'rejected'; reason: string }

/** What any chat must do. Every call is bounded in time and resolves, whatever the network does. */
export type Chat = {
  /** @param credentials what posting takes, as `Connection.credentials` holds it, decrypted */
  deliver(credentials: string, entry: Entry, signal: AbortSignal): Promise<Outcome>
  /** Shows an error beside the connection, in the chat; an empty text clears it. Resolves to whether that worked. */
  showError(credentials: string, text: string, signal: AbortSignal): Promise<boolean>
  /** Breaks off what is under way. */
  close(): Promise<void>
}
