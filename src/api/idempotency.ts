import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import type { CommandResult, Submission } from '../polls/ballot-box/batch.ts'

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
export const idempotencyKey = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'An Idempotency-Key has 1 to 255 visible ASCII characters.')
    .optional()
    .describe('Any text that is new for each request; sent again within a day, it is answered as the first time')
    .meta({ examples: ['6f2c1f0a-7f8b-4f0e-9a53-8d3c0b6f5a11'] }),
})

type Keyed = FastifyRequest<{ Headers: { 'idempotency-key'?: string } }>

/** Submits the command; if the request bears an Idempotency-Key, only once, and every repeat is presented the same. */
export async function submitKeyed<T>(
  box: BallotBox,
  request: Keyed,
  submission: Omit<Submission, 'idempotency'>,
  present: (given: CommandResult) => T,
): Promise<T> {
  const key = request.headers['idempotency-key']
  if (key === undefined) return present(await box.submit(submission))
  // Kept as text: the database's JSON would forget the order of the fields.
  const answer = (given: CommandResult) => JSON.stringify(present(given))
  const stored = await box.submitOnce({
    ...submission,
    idempotency: { key, fingerprint: fingerprint(request), answer },
  })
  return JSON.parse(stored as string)
}

/** Validation has put the body's fields in one order and filled in what was left out: alike requests print alike. */
function fingerprint({ method, routeOptions, params, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, routeOptions.url, params, body]))
    .digest('hex')
}
