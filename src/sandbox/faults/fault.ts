import { z } from 'zod'

const many = 1_000_000
const maxInMs = 600_000
const dayInSeconds = 86_400

/** Which requests are hit, and how often. A fault that names nothing hits every request to the API. */
const aim = {
  /** Only requests whose path begins like this, such as `/messages`. */
  path: z.string().regex(/^\//, 'must begin with /').max(500).default('/'),
  /** Only requests of this method. */
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  /** Gone after it has hit this many requests; for good when not given. */
  times: z.int().min(1).max(many).optional(),
  /** The share of those requests that it hits, from 0 to 1. */
  share: z.number().min(0).max(1).default(1),
}

/** Something that goes wrong with a request, as programs and the page ask for it. */
export const faultInput = z.discriminatedUnion('kind', [
  /** Answers this status and does nothing. `retryAfter` in seconds. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    retryAfter: z.int().min(0).max(dayInSeconds).optional(),
    ...aim,
  }),
  /** Does nothing and never answers. */
  z.strictObject({ kind: z.literal('hang'), ...aim }),
  /** Does nothing and closes the connection. */
  z.strictObject({ kind: z.literal('close'), ...aim }),
  /** Does nothing and resets the connection. */
  z.strictObject({ kind: z.literal('reset'), ...aim }),
  /** Does what was asked for, but begins late. */
  z.strictObject({ kind: z.literal('slow'), ms: z.int().min(0).max(maxInMs), ...aim }),
  /** Does what was asked for, then resets the connection instead of answering. */
  z.strictObject({ kind: z.literal('lose-reply'), ...aim }),
])

export type FaultInput = z.input<typeof faultInput>
/** `times` counts down. */
export type Fault = z.output<typeof faultInput>
