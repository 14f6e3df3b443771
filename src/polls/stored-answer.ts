import type { Database } from '../database/open.ts'
import { Refusal } from '../errors.ts'

/** Under what an answer is stored: whose key it is, which, and of which request. */
export type AnswerKey = { owner: string; key: string; fingerprint: string }

/**
 * What was answered under this key before; undefined if nothing was.
 *
 * @throws {Refusal} `idempotency_key_reused`
 */
export async function storedAnswer({ prisma }: Database, { owner, key, fingerprint }: AnswerKey): Promise<unknown> {
  const stored = await prisma.idempotencyKey.findUnique({ where: { owner_key: { owner, key } } })
  if (stored && stored.fingerprint !== fingerprint) throw reusedKey()
  return stored?.answer
}

export function reusedKey(): Refusal {
  const message = 'This Idempotency-Key was used for another request. Use a new key for a new request.'
  return new Refusal('idempotency_key_reused', message)
}
