import type { SentFile } from './files.ts'
import type { Flow } from './flow.ts'
import { fileTag, messageTags, storedTags } from './tags.ts'
import type { ChatLine, FileMessage, FlowMessage, FlowThread, Mail, User } from './types.ts'

export type NewChatLine = {
  content: string
  tags?: readonly string[]
  uuid?: string | null
}

/** A user, or somebody outside the flow with a name. */
export type Speaker = { user: User } | { externalUserName: string }

/** Posts a chat line, into a thread if one is given. */
export function postChatLine(
  flow: Flow,
  by: Speaker,
  { content, tags = [], uuid = null }: NewChatLine,
  { thread, event = 'message' }: { thread?: FlowThread | undefined; event?: ChatLine['event'] } = {},
): FlowMessage {
  if (thread) flow.threads.count(thread, 'internalComments', flow.now())
  const speaker = speakerOf(by)
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

/** What people comment on. */
export type Commented = ChatLine | FileMessage | Mail

/** Posts a reply to a message that is in no thread and is no reply itself. */
export function comment(
  flow: Flow,
  by: Speaker,
  parent: Commented,
  { content, tags = [], uuid = null }: NewChatLine,
): FlowMessage {
  const speaker = speakerOf(by)
  const allTags = [`influx:${parent.id}`, ...messageTags(content, tags, flow.members, speaker.user)]
  const reply = { parent: parent.id, content: { title: titleOf(parent), text: content } }
  return flow.add({ event: 'comment', ...reply, ...speaker, tags: allTags, uuid, threadId: null })
}

function titleOf(parent: Commented): string {
  if (parent.event === 'file') return parent.file.name
  return parent.event === 'mail' ? parent.content.subject : parent.content
}

function speakerOf(by: Speaker) {
  return 'user' in by ? { user: by.user, externalUserName: null } : { user: null, ...by }
}
