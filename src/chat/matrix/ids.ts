import { createHash } from 'node:crypto'
import { z } from 'zod'

/** The name of Matrix in the database. */
export const matrixChat = 'matrix'

/** Where people sign in with their account. */
export const signInPath = '/auth/matrix'

const maxBytes = 255
const isShort = (id: string) => Buffer.byteLength(id) <= maxBytes

// No id has control characters or half a surrogate pair (Cs), which the database refuses.

/** An account: `@localpart:server`. The whole of it is the identity. */
export const userId = z
  .string()
  .regex(/^@[^:\s\p{Cc}\p{Cs}]+:[^\s\p{Cc}\p{Cs}]+$/u)
  .refine(isShort)

/** The part of an account before the colon. */
export function localpartOf(account: string): string {
  return account.slice(1, account.indexOf(':'))
}

/** A room: `!opaque:server`; from room version 12 on without a server. */
export const roomId = z
  .string()
  .regex(/^![^\s\p{Cc}\p{Cs}]+$/u)
  .refine(isShort)

export const eventId = z
  .string()
  .regex(/^\$[^\s\p{Cc}\p{Cs}]+$/u)
  .refine(isShort)

/**
 * The `txnId` of a request, by which the homeserver recognises a repeat. A homeserver may remember it for all users, rooms
 * and types of an application service together, so `parts` hold all that makes the request different from others.
 *
 * @param what shows in logs what the request is for
 */
export function transactionId(what: string, ...parts: readonly (string | number)[]): string {
  return `${what}.${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`
}

/** The idempotency key under which the answer to an event is stored. */
export const answerKey = (event: string) => `event ${event}`
