import sanitizeHtml from 'sanitize-html'
import { type Face, initialsOf } from '../../web/conversation.ts'
import { linked, type MessageTextPart, type Moment, moment } from '../../web/text.ts'
import type { Homeserver } from '../homeserver.ts'
import { isObject, type RoomEvent, relationOf } from '../room/event.ts'
import type { Room } from '../room/room.ts'
import { visibleTo } from '../room/visible.ts'
import { nameIn } from './people.ts'
import { type PollModel, pollModel, pollStart } from './poll-model.ts'

/** A message, a native poll or a change of members, as a room's page shows it. */
export type RoomEntry = {
  id: string
  face: Face
  at: Moment
  isNotice: boolean
  /** A change of members. */
  isMembership: boolean
  isEdited: boolean
  /** Shown if there is no HTML: the parts of the text. */
  text: MessageTextPart[]
  bodyHtml: string
  poll: PollModel | undefined
  reactions: { key: string; count: number; isMine: boolean }[]
  replies: RoomEntry[]
}
export type RoomEntryPart = { entry: RoomEntry; path: string; csrf: string; canReply: boolean }

/** The number of entries on a page. */
const maxEntries = 200

/** What an ordinary client shows of a room, oldest first: edits replace, and replies are below the first message. */
export function roomEntries(homeserver: Homeserver, room: Room, userId: string): RoomEntry[] {
  const events = (visibleTo(room, userId) ?? []).filter((event) => isShown(event) && !threadOf(event))
  return events.slice(-maxEntries).map((event) => entryOf(homeserver, room, event, userId))
}

/** A new name or picture of a member is not shown. */
function isShown({ type, content, redactedBy, previous }: RoomEvent): boolean {
  if (redactedBy) return false
  if (type === 'm.room.member') return content.membership !== previous?.content.membership
  return (type === 'm.room.message' || type === pollStart) && relationOf(content)?.type !== 'm.replace'
}

function threadOf({ content }: RoomEvent): string | undefined {
  const relation = relationOf(content)
  return relation?.type === 'm.thread' ? relation.to : undefined
}

function entryOf(homeserver: Homeserver, room: Room, event: RoomEvent, userId: string): RoomEntry {
  const related = room.related(event.id)
  const edit = related
    .filter(({ content, sender }) => sender === event.sender && relationOf(content)?.type === 'm.replace')
    .toSorted((one, other) => one.at - other.at)
    .at(-1)
  const replaced = edit?.content['m.new_content']
  const content = isObject(replaced) ? replaced : event.content
  const isMembership = event.type === 'm.room.member'
  const html = content.format === 'org.matrix.custom.html' ? String(content.formatted_body ?? '') : ''
  return {
    id: event.id,
    face: faceOf(room, event.sender),
    at: moment(new Date(event.at), new Date(homeserver.clock())),
    isNotice: isMembership || content.msgtype === 'm.notice',
    isMembership,
    isEdited: edit !== undefined,
    text: linked(isMembership ? memberText(room, event) : String(content.body ?? '')),
    bodyHtml: sanitizeHtml(html, allowed),
    poll: event.type === pollStart ? pollModel(room, event, userId) : undefined,
    reactions: reactionsTo(related, userId),
    replies: related
      .filter((reply) => threadOf(reply) === event.id && isShown(reply))
      .map((reply) => entryOf(homeserver, room, reply, userId)),
  }
}

function reactionsTo(related: readonly RoomEvent[], userId: string): RoomEntry['reactions'] {
  const reactions = related.filter(({ type }) => type === 'm.reaction')
  const byKey = Map.groupBy(reactions, ({ content }) => relationOf(content)?.key ?? '')
  return [...byKey].map(([key, some]) => {
    return { key, count: some.length, isMine: some.some(({ sender }) => sender === userId) }
  })
}

export function faceOf(room: Room, userId: string): Face {
  const name = nameIn(room, userId)
  return { ...initialsOf(name), name, image: undefined }
}

function memberText(room: Room, { sender, stateKey = '', content, previous }: RoomEvent): string {
  const { displayname } = { ...previous?.content, ...content }
  const name = typeof displayname === 'string' ? displayname : stateKey
  const by = nameIn(room, sender)
  if (content.membership === 'join') return `${name} joined`
  if (content.membership === 'invite') return `${by} invited ${name}`
  if (content.membership === 'ban') return `${by} banned ${name}`
  return sender === stateKey ? `${name} left` : `${by} removed ${name}`
}

/** The HTML that clients show. The server passes on any. */
const allowed: sanitizeHtml.IOptions = {
  allowedTags: [
    ...['del', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'p', 'a', 'ul', 'ol', 'sup', 'sub', 'li', 'b', 'i'],
    ...['u', 'strong', 'em', 's', 'code', 'hr', 'br', 'div', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'caption'],
    ...['pre', 'span', 'details', 'summary'],
  ],
  allowedAttributes: { a: ['href', 'rel'], ol: ['start'] },
  allowedSchemes: ['http', 'https', 'ftp', 'mailto', 'magnet'],
  allowProtocolRelative: false,
  transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow noopener ugc' }) },
}
