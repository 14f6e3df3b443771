import { z } from 'zod'

const many = 1_000_000
const maxInMs = 600_000
const dayInSeconds = 86_400

/** Which requests the fault affects, and how often. Without any of these fields: every API request. */
const aim = {
  /** Only requests whose path begins with this, such as `/messages`. */
  path: z.string().regex(/^\//, 'must begin with /').max(500).default('/'),
  /** Only requests of this method. */
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  /** The fault ends after this many requests; without it, it stays. */
  times: z.int().min(1).max(many).optional(),
  /** The share of matching requests that it affects, from 0 to 1. */
  share: z.number().min(0).max(1).default(1),
}

/** A fault, as the API and the page accept it. */
export const faultInput = z.discriminatedUnion('kind', [
  /** Answers with this status without performing the request. `retryAfter` is in seconds. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    retryAfter: z.int().min(0).max(dayInSeconds).optional(),
    ...aim,
  }),
  /** Never performs or answers the request. */
  z.strictObject({ kind: z.literal('hang'), ...aim }),
  /** Closes the connection without performing the request. */
  z.strictObject({ kind: z.literal('close'), ...aim }),
  /** Resets the connection without performing the request. */
  z.strictObject({ kind: z.literal('reset'), ...aim }),
  /** Performs the request after a delay in milliseconds. */
  z.strictObject({ kind: z.literal('slow'), ms: z.int().min(0).max(maxInMs), ...aim }),
  /** Performs the request, then resets the connection instead of answering. */
  z.strictObject({ kind: z.literal('lose-reply'), ...aim }),
])

export type FaultInput = z.input<typeof faultInput>
/** `times` counts down. */
export type Fault = z.output<typeof faultInput>
