import type { ConnectionListing } from '../chat/connections.ts'
import { type EventKind, eventKinds } from '../chat/event-kinds.ts'
import { pollPath } from '../polls/slug.ts'
import { counted } from './poll-model.ts'
import { shownTime } from './time.ts'

/** A connection as the templates show it. */
export function connectionModel(connection: ConnectionListing, now: Date) {
  const { id, chat, name, roomName, roomUrl, status, statusReason, createdBy, createdAt, lastDelivered } = connection
  return {
    ...{ id, chat, name, roomName, roomUrl, status, statusReason, createdBy },
    path: `/connections/${id}`,
    state: stateOf(connection),
    polls: connection.categories.length === 0 ? 'all polls' : connection.categories.join(', '),
    posted: postedOf(connection),
    created: shownTime(createdAt, now),
    lastDelivered: lastDelivered && shownTime(lastDelivered, now),
    waiting: connection.waiting === 0 ? 'nothing' : counted(connection.waiting, 'update'),
    lastError: lastErrorOf(connection, now),
    rejected: connection.rejected.map(({ pollId, title, reason, at }) => ({
      ...{ title, reason, path: pollPath({ id: pollId, title }) },
      at: shownTime(at, now),
    })),
  }
}

function postedOf({ eventKinds: kinds }: ConnectionListing): string {
  const words = eventKinds.filter((kind) => kinds.includes(kind)).map((kind) => kindWords[kind])
  return words.length === eventKinds.length ? 'everything' : words.join(', ')
}

const kindWords: Record<EventKind, string> = {
  votes: 'votes',
  comments: 'comments',
  options: 'new options',
  lifecycle: 'opening and closing',
}

/** In a word, and how it looks. */
function stateOf({ status, failingSince }: ConnectionListing) {
  if (status === 'active') return failingSince ? { word: 'Failing', look: 'closed' } : { word: 'Active', look: 'open' }
  return status === 'paused' ? { word: 'Paused', look: 'archived' } : { word: 'Removed in the chat', look: 'closed' }
}

function lastErrorOf({ lastError, lastErrorAt }: ConnectionListing, now: Date) {
  return lastError && lastErrorAt ? { text: lastError, at: shownTime(lastErrorAt, now) } : undefined
}
