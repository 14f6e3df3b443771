import { type Chat, connectingPath } from '../../chat/chat.ts'
import type { ConnectionListing } from '../../chat/connections/connections.ts'
import { eventKinds, summaryOf } from '../../chat/wording.ts'
import { chatName } from '../../people/model/person-name.ts'
import { pollPath } from '../../polls/model/ids.ts'
import { counted } from '../../polls/model/phrases.ts'
import { untilThen } from '../../polls/model/relative-time.ts'
import { kindLabels } from '../../server/pages/connection-form.ts'
import { shownTime } from '../time.ts'

type Chats = ReadonlyMap<string, Chat>

/** Connections as the templates show them. @param chats those that are set up, by key */
export function connectionModels(connections: readonly ConnectionListing[], chats: Chats, now: Date) {
  const rooms = Map.groupBy(connections, ({ chat, roomName }) => `${chat} ${roomName}`)
  const isAlone = ({ chat, roomName }: ConnectionListing) => rooms.get(`${chat} ${roomName}`)?.length === 1
  return connections.map((connection) => connectionModel(connection, chats, isAlone(connection), now))
}

export type ConnectionModel = ReturnType<typeof connectionModel>

/** @param isAlone in its room; if not, only its own name tells it from the others */
function connectionModel(connection: ConnectionListing, chats: Chats, isAlone: boolean, now: Date) {
  const { id, chat, name, roomName, roomUrl, status, statusReason, createdBy, createdAt, lastDelivered } = connection
  const { isOneWay = false } = chats.get(chat)?.description ?? {}
  return {
    ...{ id, chat, name, roomName, roomUrl, status, statusReason, createdBy, isAlone },
    isSetUp: chats.has(chat),
    chatName: chatName(chat),
    label: isAlone ? roomName : `${roomName}, ${name}`,
    path: `/connections/${id}`,
    againPath: chats.get(chat)?.connecting ? connectingPath(chat) : `/${chat}/connections/${id}/setup`,
    isDead: status === 'retired' || (status === 'paused' && statusReason !== null),
    hasNews: status === 'active' && (connection.waiting > 0 || connection.failingSince !== null),
    canTry: canTry(connection, chats),
    failingSince: status === 'active' && connection.failingSince ? shownTime(connection.failingSince, now) : undefined,
    comments: commentsOf(connection, chats.get(chat)),
    state: stateOf(connection, isOneWay),
    polls: connection.categories.length === 0 ? 'All' : connection.categories.join(', '),
    posted: postedOf(connection),
    created: shownTime(createdAt, now),
    lastDelivered: lastDelivered && shownTime(lastDelivered, now),
    waiting: connection.waiting === 0 ? 'Nothing' : counted(connection.waiting, 'update'),
    lastError: lastErrorOf(connection, now),
    nextTry: nextTryOf(connection, now),
    rejected: connection.rejected.map(({ pollId, title, actor, type, reason, at }) => ({
      ...{ title, actor: actor ?? 'Somebody', did: summaryOf(type), reason, path: pollPath({ id: pollId, title }) },
      at: shownTime(at, now),
    })),
  }
}

/** Whether trying again at once can help. */
export function canTry({ chat, status, failingSince, waiting, rejected }: ConnectionListing, chats: Chats): boolean {
  return chats.has(chat) && status === 'active' && (failingSince !== null || waiting > 0 || rejected.length > 0)
}

/** Whether what people write in its threads becomes comments; undefined where nobody writes. */
function commentsOf({ isRead, readError }: ConnectionListing, chat: Chat | undefined): string | undefined {
  const { isOneWay, takesComments = false } = chat?.description ?? {}
  if (isOneWay) return undefined
  if (readError) return isRead ? `Its threads cannot be read now. ${readError}` : readError
  return `What people write in its threads ${isRead || takesComments ? 'becomes comments' : 'stays there'}`
}

function postedOf({ eventKinds: kinds }: ConnectionListing): string {
  const words = eventKinds.filter((kind) => kinds.includes(kind)).map((kind) => kindLabels[kind])
  const [first = '', ...others] = words
  return others.length + 1 === eventKinds.length ? 'Everything' : [first, ...others.map(lowerCase)].join(', ')
}

const lowerCase = (text: string) => text.toLowerCase()

/** A word for the state, and the style class of its badge. */
function stateOf({ status, failingSince }: ConnectionListing, isOneWay: boolean) {
  if (status === 'active') return failingSince ? { word: 'Failing', look: 'failing' } : { word: 'Active', look: 'open' }
  if (status === 'paused') return { word: 'Paused', look: 'archived' }
  return { word: isOneWay ? 'Ended by the receiver' : 'Removed in the chat', look: 'failing' }
}

/** Left out when the state's reason already shows it. After a resume, nothing may have been delivered yet. */
function lastErrorOf(connection: ConnectionListing, now: Date) {
  const { lastError, lastErrorAt, lastDelivered, statusReason, failingSince } = connection
  if (!lastError || !lastErrorAt || statusReason !== null) return undefined
  const isOver = failingSince === null && lastDelivered !== null && lastDelivered > lastErrorAt
  return { text: lastError, at: shownTime(lastErrorAt, now), isOver }
}

function nextTryOf({ status, failingSince, retryAt }: ConnectionListing, now: Date): string | undefined {
  if (status !== 'active' || !failingSince || !retryAt) return undefined
  return retryAt.getTime() - now.getTime() < 60_000 ? 'in less than a minute' : untilThen(retryAt, now)
}
