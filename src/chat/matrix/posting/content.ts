import type { RichText } from './rich-text.ts'

/** The content of an `m.room.message`. */
export type MessageContent = {
  msgtype: 'm.text' | 'm.notice'
  body: string
  format?: 'org.matrix.custom.html'
  formatted_body?: string
  /** Empty: a name in a text that people typed alerts nobody. */
  'm.mentions': Record<string, never>
  'm.new_content'?: MessageContent
  'm.relates_to'?: object
}

/** In bytes. A homeserver takes a little more. */
const maxSize = 64_000

/** A message of the room. A notice alerts nobody, and other bots do not answer it. */
export function message({ text, html }: RichText, msgtype: MessageContent['msgtype'] = 'm.notice'): MessageContent {
  const both = {
    msgtype,
    body: text,
    format: 'org.matrix.custom.html',
    formatted_body: html,
    'm.mentions': {},
  } as const
  return sizeOf(both) <= maxSize ? both : { msgtype, body: shortened(text), 'm.mentions': {} }
}

/** A reply in the thread of an event. Clients without threads show it as a reply to that event. */
export function reply(root: string, content: MessageContent): MessageContent {
  const thread = { rel_type: 'm.thread', event_id: root, is_falling_back: true, 'm.in_reply_to': { event_id: root } }
  return { ...content, 'm.relates_to': thread }
}

/** An edit. @param original the first event of the message: an edit of an edit would show nothing */
export function edit(original: string, content: MessageContent): MessageContent {
  const { msgtype, body } = content
  const relation = { rel_type: 'm.replace', event_id: original }
  const whole = { msgtype, body: `* ${body}`, 'm.mentions': {}, 'm.new_content': content, 'm.relates_to': relation }
  if (sizeOf(whole) <= maxSize) return whole
  const short = { msgtype, body: shortened(body, maxSize / 2), 'm.mentions': {} }
  return { ...whole, body: `* ${short.body}`, 'm.new_content': short }
}

function sizeOf(content: object): number {
  return Buffer.byteLength(JSON.stringify(content))
}

/** Leaves room for what else a message holds. */
const reserved = 2_000

function shortened(text: string, most = maxSize): string {
  let part = text
  while (sizeOf({ part }) > most - reserved) part = part.slice(0, part.length * 0.9)
  return part === text ? text : `${part.toWellFormed()}…`
}
