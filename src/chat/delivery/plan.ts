import type { PollEvent } from '../../polls/model/events.ts'
import { kindOf } from '../event-kinds.ts'
import type { DeliveryCursor } from './cursor.ts'
import { isVote, lastRevision, type MessageEvents, messagesOf } from './messages.ts'

/** What to post now, where the place is then, and after how many milliseconds there is more, if so. */
export type DeliveryPlan = { messages: MessageEvents[]; through: number; moreAfterMs: number | undefined }

/** How many events are read at a time. */
export const maxEvents = 500

/**
 * Only the last of the messages can still grow: if it is one of votes, and not begun yet, it waits for its time.
 *
 * @param events what the thread has not been message, at most `maxEvents`
 * @param votesWaitMs takes the thread's turn to tell of votes, or says in how many milliseconds that is
 */
export function planOf(cursor: DeliveryCursor, events: readonly PollEvent[], votesWaitMs: () => number): DeliveryPlan {
  const messages = messagesOf(events, (event) => isWanted(cursor, event), cursor.attempting)
  const through = events.at(-1)?.revision ?? cursor.revision
  if (events.length === maxEvents) return { messages, through, moreAfterMs: 0 }
  const last = messages.at(-1)
  const mayGrow = last && isVote(last[0]) && lastRevision(last) > (cursor.attempting ?? 0)
  const waitMs = mayGrow ? votesWaitMs() : 0
  if (!last || waitMs === 0) return { messages, through, moreAfterMs: undefined }
  return { messages: messages.slice(0, -1), through: last[0].revision - 1, moreAfterMs: waitMs }
}

/** What was begun with is told to its end, whatever is wanted now. */
function isWanted(cursor: DeliveryCursor, event: PollEvent): boolean {
  const isBegun = event.revision === cursor.attempting
  return cursor.connection.eventKinds.includes(kindOf(event)) || isBegun || isFarewell(cursor, event)
}

/**
 * The event by which the poll went where the connection does not look. The thread has to say so, whatever is wanted.
 */
export function isFarewell({ endsAt }: DeliveryCursor, { revision, facts }: PollEvent): boolean {
  return revision === endsAt && facts.type === 'edited' && facts.category !== undefined
}
