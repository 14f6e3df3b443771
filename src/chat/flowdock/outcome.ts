import { z } from 'zod'
import type { Outcome } from '../chat.ts'
import { answered, inOneLine, parsedJson, statusAndHint } from '../http/answers.ts'
import type { HttpResponse } from '../http/chat-http.ts'
import { retryAfterMs } from '../http/retry-after.ts'

/**
 * What a response to `POST /messages` means for the message and the connection. Flowdock documents only 400 and 410.
 *
 * @param now the time that a date in `Retry-After` is compared with
 */
export function outcomeOf(answer: HttpResponse, now: Date): Outcome {
  const { status, retryAfter } = answer
  if (status >= 200 && status < 300) return { kind: 'sent' }
  if (status === 410) return { kind: 'gone', reason: 'The source was removed in Flowdock.' }
  if (status === 401 || status === 403) return { kind: 'unauthorized', reason: refusal(answer) }
  const reason = whatItSaid(answer)
  if (isAboutTheMessage(status)) return { kind: 'invalid', reason }
  return { kind: 'later', reason, afterMs: retryAfterMs(retryAfter, now) }
}

/**
 * Whether the status is about this message. Other statuses can change without a change of the message: a redirect, 404,
 * 405 or 421 means a wrong address or an outage. To drop messages then would lose them, so 404 means later.
 */
function isAboutTheMessage(status: number): boolean {
  return status >= 400 && status < 500 && ![404, 405, 407, 408, 421, 425, 429].includes(status)
}

type Said = Pick<HttpResponse, 'status' | 'text'>

const errorBody = z.object({
  message: z.string().optional().catch(undefined),
  errors: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .optional()
    .catch(undefined),
})

/** A text for people: the status, and the fields and errors that the response names. */
export function whatItSaid(answer: Said): string {
  return answered('Flowdock', answer.status, hintIn(answer))
}

function refusal(answer: Said): string {
  const said = statusAndHint(answer.status, hintIn(answer)).replace(/\.$/, '')
  return `Flowdock refuses what Polldock posts (${said}). Connect the flow again, or resume to retry.`
}

function hintIn({ text }: Said): string {
  const { message, errors = {} } = errorBody.catch({}).parse(parsedJson(text))
  const fields = Object.entries(errors).map(([field, problems]) => `${field} ${[problems].flat().join(' and ')}`)
  return inOneLine(fields.join(', ') || message || '')
}
