import type { Outcome } from '../chat.ts'
import { type MatrixAnswer, whatItSaid } from './homeserver.ts'
import type { Standing } from './rooms.ts'

/**
 * What an answer that is no success means for a message and its connection.
 *
 * @param standing what the bot may do in the room; asked only for 403
 */
export function outcomeOf(answer: MatrixAnswer, standing: Standing): Outcome {
  const { status, errcode, retryAfterMs: afterMs } = answer
  const reason = whatItSaid(answer)
  if (status === 401 || errcode === 'M_EXCLUSIVE') return { kind: 'unauthorized', reason: refusal(reason) }
  if (status === 403) return forbidden(standing, reason)
  if (isAboutTheMessage(answer)) return { kind: 'invalid', reason }
  return { kind: 'later', reason, ...(afterMs !== undefined && { afterMs }) }
}

/** 403 is also the answer for a room that the bot was removed from, and for an unknown one. */
function forbidden(standing: Standing, reason: string): Outcome {
  if (standing === 'left') return { kind: 'gone', reason: removedReason }
  return { kind: 'unauthorized', reason: standing === 'joined' ? mayNotPost(reason) : reasons[standing] }
}

export const removedReason = 'The bot was removed from the room.'
export const replacedReason = 'The room was replaced by a new one. Invite the bot to the new room, and connect it.'
/** What the homeserver said may follow. */
export const mutedReason = 'The bot may not post in the room. Give it the power to send messages there, then resume.'

const reasons = {
  replaced: replacedReason,
  unknown: 'The bot is not in the room. Invite it again, then resume.',
}

function mayNotPost(reason: string): string {
  return `${mutedReason} ${reason}`
}

function refusal(reason: string): string {
  return `The homeserver refuses Polldock's token. The operator has to compare it with the registration. ${reason}`
}

/** A wrong address, a proxy or an outage answers with other statuses, which can change without a change of the message. */
function isAboutTheMessage({ status, errcode }: MatrixAnswer): boolean {
  return status === 413 || (status === 400 && errcode !== '' && !errcode.endsWith('UNKNOWN_DEVICE'))
}
