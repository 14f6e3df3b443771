import type { Flow } from '../flow.ts'
import { messageTags } from '../tags.ts'
import type { FlowMessage, Mail, MailContent } from '../types.ts'

/**
 * Posts a mail-like item to the inbox. Its source becomes a tag, such as `:source:news-digest-service`.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/tags.md#team-inbox-source
 */
export function postMail(flow: Flow, content: MailContent, tags: readonly string[]): FlowMessage {
  const source = content.source.trim().toLowerCase().replace(/\s+/g, '-')
  const allTags = [...messageTags('', tags, flow.members, null), `:source:${source}`]
  return flow.add({ event: 'mail', content, user: null, tags: allTags, uuid: null, threadId: null })
}

export function isMail(message: FlowMessage): message is Mail {
  return message.event === 'mail'
}
