import type { PollEvent } from '../../polls/model/events.ts'
import { kindOf } from '../event-kinds.ts'
import type { Place } from './cursor.ts'
import { isVote, lastRevision, messagesOf, type Told } from './messages.ts'

/** What to post now, where the place is then, and after how many milliseconds there is more, if so. */
export type Plan = { messages: Told[]; through: number; moreAfterMs: number | undefined }

/** How many events are read at a time. */
export const mostEvents = 500

/**
 * Only the last of the messages can still grow: if it is one of votes, and not begun yet, it waits for its time.
 *
 * @param events what the thread has not been told, at most `mostEvents`
 * @param votesWaitMs takes the thread's turn to tell of votes, or says in how many milliseconds that is
 */
export function planOf(place: Place, events: readonly PollEvent[], votesWaitMs: () => number): Plan {
  const messages = messagesOf(events, (event) => isWanted(place, event), place.attempting)
  const through = events.at(-1)?.revision ?? place.revision
  if (events.length === mostEvents) return { messages, through, moreAfterMs: 0 }
  const last = messages.at(-1)
  const mayGrow = last && isVote(last[0]) && lastRevision(last) > (place.attempting ?? 0)
  const waitMs = mayGrow ? votesWaitMs() : 0
  if (!last || waitMs === 0) return { messages, through, moreAfterMs: undefined }
  return { messages: messages.slice(0, -1), through: last[0].revision - 1, moreAfterMs: waitMs }
}

/** What was begun with is told to its end, whatever is wanted now. */
function isWanted(place: Place, event: PollEvent): boolean {
  const isBegun = event.revision === place.attempting
  return place.connection.eventKinds.includes(kindOf(event)) || isBegun || isFarewell(place, event)
}

/**
 * The event by which the poll went where the connection does not look. The thread has to say so, whatever is wanted.
 */
export function isFarewell({ endsAt }: Place, { revision, facts }: PollEvent): boolean {
  return revision === endsAt && facts.type === 'edited' && facts.category !== undefined
}
