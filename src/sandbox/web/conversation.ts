import type { Flow } from '../state/flow.ts'
import { textSize } from '../state/messages/text-size.ts'
import type { PrivateConversation } from '../state/people/private-conversations.ts'
import type {
  ChatLine,
  FileMessage,
  FlowComment,
  FlowMessage,
  InboxEntry,
  MessageAuthor,
  User,
} from '../state/types.ts'
import type { World } from '../world.ts'
import { type AttachmentModel, attachmentModels, withPictures } from './files/attachment.ts'
import { avatarPath, threadPath } from './paths.ts'
import { linked, type MessageTextPart, type Moment, moment, plainText } from './text.ts'

/** A message as a page shows it. */
export type EntryModel = { id: number; face: Face; at: Moment; isEdited: boolean; files: AttachmentModel[] } & (
  | { kind: 'activity' | 'discussion'; titleHtml: string; bodyHtml: string; parent?: undefined; thread?: undefined }
  | { kind: 'line'; text: MessageTextPart[]; parent: string; thread: ThreadLink | undefined; titleHtml?: undefined }
)
export type EntryPart = { entry: EntryModel }
export type FacePart = { face: Face }
type ThreadLink = { title: string; path: string }

/** The number of messages on a page. */
const maxMessages = 200
/** Of all messages on a page together, in characters: finding links in more takes long. */
const maxText = 200_000

/** The chat lines and files of a flow, inside and outside threads, oldest first. */
export function chatModel(world: World, flow: Flow): EntryModel[] {
  const lines = newest(flow.messages.list().filter(isLine))
  return lines.map((line) => lineModel(world, line, threadOf(world, flow, line)))
}

/** The messages of a thread, oldest first. */
export function threadEntries(world: World, flow: Flow, threadId: string): EntryModel[] {
  const entries = flow.messages.inThread(threadId).filter((one) => isLine(one) || isInboxEntry(one))
  return newest(entries).map((one) => (isLine(one) ? lineModel(world, one) : inboxEntryModel(world, one)))
}

/** The last messages that fit on a page, at least one. */
function newest<Message extends FlowMessage>(messages: readonly Message[]): Message[] {
  let text = 0
  const candidates = messages.slice(-maxMessages)
  const firstTooMany = candidates.findLastIndex((message) => {
    text += textSize(message)
    return text > maxText
  })
  return candidates.slice(Math.min(firstTooMany + 1, candidates.length - 1))
}

/** The comments on a message, oldest first. They do not quote it. */
export function commentEntries(world: World, flow: Flow, { id }: Pick<FlowMessage, 'id'>): EntryModel[] {
  const comments = flow.messages
    .list()
    .filter(isComment)
    .filter(({ parent }) => parent === id)
  return newest(comments).map((comment) => lineModel(world, comment, undefined, ''))
}

/** The messages of a private conversation, oldest first. */
export function privateEntries(world: World, { messages }: PrivateConversation): EntryModel[] {
  const lines = newest(messages.list().filter(isLine))
  return lines.map((line) => lineModel(world, line))
}

/** What people said or uploaded. */
type Line = ChatLine | FlowComment | FileMessage

const lineEvents: readonly string[] = ['message', 'status', 'comment', 'file'] satisfies Line['event'][]

export function isLine(message: FlowMessage): message is Line {
  return lineEvents.includes(message.event)
}

function isComment(message: FlowMessage): message is FlowComment {
  return message.event === 'comment'
}

export function isInboxEntry(message: FlowMessage): message is InboxEntry {
  return message.event === 'activity' || message.event === 'discussion'
}

/** The author's face. */
export function faceOf(world: World, message: Line | InboxEntry): Face {
  if (isInboxEntry(message)) return authorFace(message.author, world)
  if (message.user) return userFace(message.user)
  return strangerFace('externalUserName' in message ? (message.externalUserName ?? '') : '')
}

export function textOf(line: Line): string {
  if (line.event === 'file') return line.file.name
  return line.event === 'comment' ? line.content.text : line.content
}

function lineModel(
  world: World,
  line: Line,
  thread?: ThreadLink,
  parent = line.event === 'comment' ? line.content.title : '',
): EntryModel {
  const text = line.event === 'file' ? [] : linked(textOf(line))
  return { ...common(world, line), kind: 'line', text, parent, thread }
}

function inboxEntryModel(world: World, entry: InboxEntry): EntryModel {
  const bodyHtml = withPictures(entry.body ?? '', entry.attachments)
  return { ...common(world, entry), kind: entry.event, titleHtml: entry.title, bodyHtml }
}

function common(world: World, message: Line | InboxEntry) {
  const { id, sent, edited } = message
  const files = attachmentModels(message)
  return { id, face: faceOf(world, message), at: moment(sent, world.clock()), isEdited: edited !== null, files }
}

function threadOf(world: World, flow: Flow, { threadId }: FlowMessage): ThreadLink | undefined {
  const thread = flow.threads.get(threadId ?? '')
  return thread && { title: plainText(thread.title), path: threadPath(world, flow, thread) }
}

/** A user's picture from the sandbox, or else initials on one of eight colours. */
export type Face = { name: string; image: string | undefined; initials: string; tone: number }

const tones = 8

function userFace(user: User): Face {
  return { ...initialsOf(user.name), name: user.nick, image: avatarPath(user) }
}

/** An author that a source names. Pictures on other hosts are not loaded. */
function authorFace({ name, email, avatar = '' }: MessageAuthor, world: World): Face {
  const user = world.users.find((one) => one.email === email)
  const image = avatar ? ownPicture(avatar, world) : user && avatarPath(user)
  return { ...initialsOf(name), name, image }
}

/** An author outside the flow, known only by name. */
function strangerFace(name: string): Face {
  return { ...initialsOf(name), name, image: undefined }
}

function ownPicture(avatar: string, { publicUrl }: World): string | undefined {
  if (/^data:image\//i.test(avatar)) return avatar
  if (!URL.canParse(avatar)) return
  const { origin, pathname, search } = new URL(avatar)
  return origin === publicUrl.origin ? pathname + search : undefined
}

export function initialsOf(name: string): Pick<Face, 'initials' | 'tone'> {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  const initials = ends.map((word = '') => [...word][0] ?? '').join('')
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  return { initials: initials.toUpperCase(), tone: sum % tones }
}
