import type { Flow } from './flow.ts'
import { storedTags } from './tags.ts'
import type { ChatLine, FileMessage, FlowComment, FlowMessage, InboxEntry, Mail, StoredFile, User } from './types.ts'

/** Changes a message's content, and posts a message about the change. */
export function edit(flow: Flow, user: User, message: ChatLine | FlowComment, text: string): void {
  replace(flow, reworded(message, text, flow.now()))
  const content = { message: message.id, updated_content: text }
  flow.add({ event: 'message-edit', content, user, uuid: null, tags: [], threadId: message.threadId })
}

/** Replaces the tags of a message, and posts a message about the change. */
export function retag(flow: Flow, user: User, message: FlowMessage, given: readonly string[]): void {
  const tags = storedTags(given, flow.members)
  const content = { message: message.id, add: without(tags, message.tags), remove: without(message.tags, tags) }
  if (content.add.length + content.remove.length === 0) return
  replace(flow, { ...message, tags })
  flow.add({ event: 'tag-change', content, user, uuid: null, tags: [], threadId: message.threadId })
}

const counts = { activity: 'activities', discussion: 'externalComments', file: 'internalComments' } as const

/** Deletes an item of the inbox or an uploaded file, with its files. The thread of a post stays. */
export function remove(flow: Flow, message: InboxEntry | FileMessage | Mail): void {
  flow.messages.remove(message)
  for (const file of filesOf(message)) flow.files.remove(file)
  const thread = flow.threads.get(message.threadId ?? '')
  if (thread && message.event !== 'mail') flow.threads.discount(thread, counts[message.event])
  flow.changes.publish({ flow, kind: 'deleted-message', message })
  flow.publishThread(message)
}

function filesOf(message: InboxEntry | FileMessage | Mail): StoredFile[] {
  if (message.event === 'mail') return []
  return message.event === 'file' ? [message.file] : message.attachments.map(({ file }) => file)
}

/** Deletes a chat line or comment: only an empty line remains. */
export function truncate(flow: Flow, message: ChatLine | FlowComment): void {
  replace(flow, { ...reworded(message, '', flow.now()), tags: [] })
}

function replace(flow: Flow, message: FlowMessage): void {
  flow.messages.replace(message)
  flow.changes.publish({ flow, kind: 'changed-message', message })
}

function reworded(message: ChatLine | FlowComment, text: string, edited: Date): ChatLine | FlowComment {
  return message.event === 'comment'
    ? { ...message, edited, content: { ...message.content, text } }
    : { ...message, edited, content: text }
}

const without = (these: readonly string[], those: readonly string[]) => these.filter((tag) => !those.includes(tag))
