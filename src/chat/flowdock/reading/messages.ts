import { z } from 'zod'
import type { ThreadLine } from '../../chat.ts'
import { flowdockId } from '../ids.ts'
import { pollIn } from '../paths.ts'

/** What we read of a message. */
export const streamedMessage = z.object({
  id: z.int(),
  event: z.string(),
  flow: z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}]{0,200}$/u)
    .catch(''),
  user: flowdockId.nullish().catch(null),
  content: z.unknown(),
  thread: z.object({ external_url: z.string().nullish() }).nullish().catch(null),
})
export type StreamedMessage = z.output<typeof streamedMessage>

/** The user of messages that no user wrote. */
const nobody = '0'

/**
 * A line that a user wrote in the thread of a poll; undefined for any other message. What Polldock posted are activities
 * and discussions, so they never come back as lines.
 */
export function lineIn(
  { id, event, flow, user, content, thread }: StreamedMessage,
  nameOf: (accountId: string) => string,
): ThreadLine | undefined {
  const pollId = pollIn(thread?.external_url ?? '')
  if (event !== 'message' || typeof content !== 'string' || !user || user === nobody || !pollId) return undefined
  return { pollId, message: `${flow} ${id}`, author: { accountId: user, name: nameOf(user) }, text: content }
}
