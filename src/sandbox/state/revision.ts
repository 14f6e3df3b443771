import type { Flow } from './flow.ts'
import { storedTags } from './tags.ts'
import type { ChatLine, FileMessage, FlowComment, FlowMessage, InboxEntry, User } from './types.ts'

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

/** Deletes a post of a source or an uploaded file, with its files. Its thread stays. */
export function remove(flow: Flow, message: InboxEntry | FileMessage): void {
  flow.messages.remove(message)
  const files = message.event === 'file' ? [message.file] : message.attachments.map(({ file }) => file)
  for (const file of files) flow.files.remove(file)
  const thread = flow.threads.get(message.threadId ?? '')
  const what = counts[message.event]
  if (thread) flow.threads.discount(thread, what)
  flow.changes.publish({ flow, kind: 'deleted-message', message })
  flow.publishThread(message)
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
