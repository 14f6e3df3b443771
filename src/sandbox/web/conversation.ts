import type { Flow } from '../state/flow.ts'
import type { ChatLine, Comment, InboxEntry, Message } from '../state/types.ts'
import type { World } from '../world.ts'
import { authorFace, type Face, strangerFace, userFace } from './faces.ts'
import { threadPath } from './paths.ts'
import { linked, plainText, type TextPart } from './text.ts'
import { type Moment, moment } from './times.ts'

/** One thing that was said or that happened, ready to be shown. */
export type EntryModel = { id: number; face: Face; at: Moment; isEdited: boolean } & (
  | { kind: 'activity' | 'discussion'; titleHtml: string; bodyHtml: string }
  | { kind: 'line'; text: TextPart[]; parent: string; thread: ThreadLink | undefined }
)
type ThreadLink = { title: string; path: string }

/** Older ones are left out. */
const most = 200

/** What people say in the flow, in threads or not, oldest first. */
export function chatModel(world: World, flow: Flow): EntryModel[] {
  const lines = flow.messages.list().filter(isLine).slice(-most)
  return lines.map((line) => lineModel(world, line, threadOf(world, flow, line)))
}

/** All that happened in a thread, oldest first. */
export function threadEntries(world: World, flow: Flow, threadId: string): EntryModel[] {
  const entries = flow.messages.inThread(threadId).filter((one) => isLine(one) || isInboxEntry(one))
  return entries.slice(-most).map((one) => (isLine(one) ? lineModel(world, one) : inboxEntryModel(world, one)))
}

export function isLine(message: Message): message is ChatLine | Comment {
  return message.event === 'message' || message.event === 'status' || message.event === 'comment'
}

export function isInboxEntry(message: Message): message is InboxEntry {
  return message.event === 'activity' || message.event === 'discussion'
}

/** Whoever said or did it. */
export function faceOf(world: World, message: ChatLine | Comment | InboxEntry): Face {
  if (isInboxEntry(message)) return authorFace(message.author, world)
  if (message.user) return userFace(message.user)
  return strangerFace(message.event === 'comment' ? '' : (message.externalUserName ?? ''))
}

/** The words of a line. */
export function wordsOf(line: ChatLine | Comment): string {
  return line.event === 'comment' ? line.content.text : line.content
}

function lineModel(world: World, line: ChatLine | Comment, thread?: ThreadLink): EntryModel {
  const parent = line.event === 'comment' ? line.content.title : ''
  return { ...common(world, line), kind: 'line', text: linked(wordsOf(line)), parent, thread }
}

function inboxEntryModel(world: World, entry: InboxEntry): EntryModel {
  return { ...common(world, entry), kind: entry.event, titleHtml: entry.title, bodyHtml: entry.body ?? '' }
}

function common(world: World, message: ChatLine | Comment | InboxEntry) {
  const { id, sent, edited } = message
  return { id, face: faceOf(world, message), at: moment(sent, world.clock()), isEdited: edited !== null }
}

function threadOf(world: World, flow: Flow, { threadId }: Message): ThreadLink | undefined {
  const thread = flow.threads.get(threadId ?? '')
  return thread && { title: plainText(thread.title), path: threadPath(world, flow, thread) }
}
