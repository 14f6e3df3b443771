import { z } from 'zod'
import type { MailContent } from '../../state/types.ts'
import { invalid } from '../failure.ts'
import { filled, identifier, link, messageId, optional, tags, text } from '../inputs.ts'
import { bodyHtml, line, maxBodyLength } from '../messages/message-input.ts'

/** Clients send fields that they do not use as empty texts. */
const unused = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? null : value), optional(schema))

/** The documentation names no hyphen, but the official Ruby gem accepts it. */
const nameOf = (schema: z.ZodType<string>) =>
  schema.refine(
    (value) => /^[\p{L}\p{N}_\s-]*$/u.test(value),
    'can only contain alphanumeric characters, underscores, hyphens and whitespace',
  )

const senderAddress = filled(300).refine((value) => value.trim() === '' || /^[^\s@]+@[^\s@]+$/.test(value), invalid)

/** @see https://github.com/flowdock/api-docs/blob/master/docs/chat.md */
export const pushedLine = line.extend({
  external_user_name: filled(100),
  message_id: unused(z.union([z.string(), z.number()], { error: invalid }).transform(Number).pipe(messageId)),
  // Not documented: the official Ruby gem sends it.
  thread_id: unused(identifier),
})

/** @see https://github.com/flowdock/api-docs/blob/master/docs/team-inbox.md */
export const pushedMail = z.object({
  source: nameOf(filled(200)),
  from_address: senderAddress,
  from_name: unused(text(300)),
  subject: filled(2_000),
  content: filled(maxBodyLength).transform(bodyHtml),
  reply_to: unused(senderAddress),
  project: unused(nameOf(text(200))),
  format: unused(z.literal('html', { error: 'is not included in the list' })),
  link: unused(link),
  tags,
})

export function mailContent(input: z.output<typeof pushedMail>): MailContent {
  const { source, from_address: address, from_name: name, subject, content, reply_to: replyTo, project, link } = input
  return { subject, content, from: { name, address }, replyTo, source, project, link }
}
