import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import type { CommandResult, Submission } from '../polls/ballot-box/batch.ts'

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
export const idempotencyKey = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'An Idempotency-Key must have 1 to 255 visible ASCII characters.')
    .optional()
    .describe(
      'A unique text for each request. Within a day, a request with the same key gets the response of the first',
    )
    .meta({ examples: ['6f2c1f0a-7f8b-4f0e-9a53-8d3c0b6f5a11'] }),
})

type Keyed = FastifyRequest<{ Headers: { 'idempotency-key'?: string } }>

/**
 * Submits the command. With an Idempotency-Key, a repeated request does not submit it again and gets the stored
 * response.
 */
export async function submitKeyed<T>(
  box: BallotBox,
  request: Keyed,
  submission: Omit<Submission, 'idempotency'>,
  present: (given: CommandResult) => T,
): Promise<T> {
  const key = request.headers['idempotency-key']
  if (key === undefined) return present(await box.submit(submission))
  // Stored as text, because the database's JSON type loses the order of the fields.
  const answer = (given: CommandResult) => JSON.stringify(present(given))
  const stored = await box.submitOnce({
    ...submission,
    idempotency: { key, fingerprint: fingerprint(request), answer },
  })
  return JSON.parse(stored as string)
}

/**
 * A hash of the request. Validation has ordered the body's fields and added defaults, so equal requests have equal
 * hashes.
 */
function fingerprint({ method, routeOptions, params, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, routeOptions.url, params, body]))
    .digest('hex')
}
