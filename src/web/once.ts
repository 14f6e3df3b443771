import type { FastifyRequest } from 'fastify'
import type { OnceKey } from '../people/api-tokens.ts'
import type { CommandResult, Submission } from '../polls/ballot-box/batch.ts'
import { formKey } from '../polls/ballot-box/idempotency.ts'
import { field, fieldsOf } from '../server/pages/forms.ts'
import type { Services } from '../services.ts'

/**
 * Every form that creates something sends a random text that is new with each page. Sent twice, the form makes one
 * thing. With other fields it makes another one: somebody went back, and changed the text.
 *
 * @returns undefined when the form has no such key
 */
export function onceOf(request: FastifyRequest): OnceKey | undefined {
  const { _csrf, once, displayName, ...fields } = fieldsOf(request)
  const secret = field({ once }, 'once')
  if (!/^[\w-]{20,100}$/.test(secret)) return undefined
  return { secret, ...formKey(JSON.stringify([secret, request.url, Object.entries(fields).toSorted()])) }
}

/**
 * Submits what a form asks for, once: the answer is stored in the same transaction as with an Idempotency-Key.
 *
 * @param pathAfter where the form leads; the same when it is sent again
 * @throws {Refusal} as `BallotBox.submit`; nothing is stored then
 */
export async function submitOnce(
  { ballotBox }: Pick<Services, 'ballotBox'>,
  request: FastifyRequest,
  submission: Omit<Submission, 'idempotency'>,
  pathAfter: (answer: CommandResult) => string,
): Promise<string> {
  const once = onceOf(request)
  if (!once) return pathAfter(await ballotBox.submit(submission))
  const { key, fingerprint } = once
  const path = await ballotBox.submitOnce({ ...submission, idempotency: { key, fingerprint, answer: pathAfter } })
  return path as string
}
