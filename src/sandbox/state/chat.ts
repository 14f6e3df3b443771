import type { SentFile } from './files.ts'
import type { Flow } from './flow.ts'
import { fileTag, messageTags, storedTags } from './tags.ts'
import type { ChatLine, FileMessage, FlowMessage, FlowThread, User } from './types.ts'

export type NewChatLine = {
  content: string
  tags?: readonly string[]
  uuid?: string | null
}

/**
 * Posts a chat line, into a thread if one is given. Without a user, the author is outside the flow and needs a name.
 */
export function postChatLine(
  flow: Flow,
  by: { user: User } | { externalUserName: string },
  { content, tags = [], uuid = null }: NewChatLine,
  { thread, event = 'message' }: { thread?: FlowThread | undefined; event?: ChatLine['event'] } = {},
): FlowMessage {
  if (thread) flow.threads.count(thread, 'internalComments', flow.now())
  const speaker = 'user' in by ? { user: by.user, externalUserName: null } : { user: null, ...by }
  const allTags = messageTags(content, tags, flow.members, speaker.user)
  return flow.add({ event, content, ...speaker, tags: allTags, uuid, threadId: thread?.id ?? null })
}

/** Posts an uploaded file, into a thread if one is given, or as a reply to a message. */
export function postFile(
  flow: Flow,
  user: User,
  sent: SentFile,
  { tags = [], uuid = null }: Omit<NewChatLine, 'content'>,
  { thread, parent }: { thread?: FlowThread | undefined; parent?: FlowMessage | undefined } = {},
): FlowMessage {
  if (thread) flow.threads.count(thread, 'internalComments', flow.now())
  const allTags = storedTags([fileTag, ...(parent ? [`influx:${parent.id}`] : []), ...tags], flow.members)
  const file = flow.files.add(flow.id, sent)
  return flow.add({ event: 'file', file, user, tags: allTags, uuid, threadId: thread?.id ?? null })
}

/** Posts a reply to a message that is in no thread and is no reply itself. */
export function comment(
  flow: Flow,
  user: User,
  parent: ChatLine | FileMessage,
  { content, tags = [], uuid = null }: NewChatLine,
): FlowMessage {
  const allTags = [`influx:${parent.id}`, ...messageTags(content, tags, flow.members, user)]
  const title = parent.event === 'file' ? parent.file.name : parent.content
  const reply = { parent: parent.id, content: { title, text: content } }
  return flow.add({ event: 'comment', ...reply, user, tags: allTags, uuid, threadId: null })
}
