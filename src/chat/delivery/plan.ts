import type { PollEvent } from '../../polls/model/events.ts'
import { kindOf } from '../wording.ts'
import type { DeliveryCursor } from './cursor.ts'
import { isVote, lastRevision, type MessageEvents, messagesOf } from './messages.ts'

/**
 * The messages to post now, the revision of the cursor after them, and after how many milliseconds there is more;
 * undefined when there is not.
 */
export type DeliveryPlan = { messages: MessageEvents[]; through: number; moreAfterMs: number | undefined }

/** How many events are read at a time. */
export const maxEvents = 500

/**
 * Plans the next messages of a thread. If the last message holds votes and is not in flight, it takes a slot of the
 * thread's pace or waits, so more votes can join it.
 *
 * @param events the events after the cursor, at most `maxEvents`
 * @param votesWaitMs takes the thread's slot for a message of votes (0), or returns how many milliseconds to wait for it
 */
export function planOf(cursor: DeliveryCursor, events: readonly PollEvent[], votesWaitMs: () => number): DeliveryPlan {
  const messages = messagesOf(events, (event) => isWanted(cursor, event), cursor.inFlightRevision)
  const through = events.at(-1)?.revision ?? cursor.revision
  if (events.length === maxEvents) return { messages, through, moreAfterMs: 0 }
  const last = messages.at(-1)
  const mayGrow = last && isVote(last[0]) && lastRevision(last) > (cursor.inFlightRevision ?? 0)
  const waitMs = mayGrow ? votesWaitMs() : 0
  if (!last || waitMs === 0) return { messages, through, moreAfterMs: undefined }
  return { messages: messages.slice(0, -1), through: last[0].revision - 1, moreAfterMs: waitMs }
}

/** A message in flight is posted again even if the connection's settings exclude it now. */
function isWanted(cursor: DeliveryCursor, event: PollEvent): boolean {
  const isInFlight = event.revision === cursor.inFlightRevision
  return cursor.connection.eventKinds.includes(kindOf(event)) || isInFlight || isMoveNotice(cursor, event)
}

/**
 * Whether this event moved the poll to a category that the connection does not follow. It is the thread's last message,
 * posted whatever kinds of events the connection chose.
 */
export function isMoveNotice({ finalRevision }: DeliveryCursor, { revision, facts }: PollEvent): boolean {
  return revision === finalRevision && facts.type === 'edited' && facts.category !== undefined
}
