import { createHash } from 'node:crypto'
import type { Database } from '../../database/database.ts'
import type { Prisma } from '../../database/generated/client.ts'
import { Refusal } from '../../errors.ts'

/** Under what an answer is stored: whose key it is, which, and of which request. */
export type AnswerKey = { owner: string; key: string; fingerprint: string }

/** Under what the answer to a form is stored, so that the form has its effect once, though it is sent twice. */
export type FormKey = Omit<AnswerKey, 'owner'>

/** @param content what makes two forms the same one; it cannot be told from the key */
export function formKey(content: string): FormKey {
  const key = `form ${createHash('sha256').update(content).digest('hex')}`
  return { key, fingerprint: key }
}

/**
 * What was answered under this key before; undefined if nothing was.
 *
 * @throws {Refusal} `idempotency_key_reused`
 */
export async function storedAnswer(
  { prisma }: Pick<Database, 'prisma'>,
  { owner, key, fingerprint }: AnswerKey,
): Promise<unknown> {
  const stored = await prisma.idempotencyKey.findUnique({ where: { owner_key: { owner, key } } })
  if (stored && stored.fingerprint !== fingerprint) throw reusedKey()
  return stored?.answer
}

/**
 * Stores an answer under an unused idempotency key, in the transaction that does the work. A request with the same key at
 * the same time waits for the end of that transaction.
 *
 * @returns false when there is an answer under this key already
 */
export async function keepAnswer(
  tx: Prisma.TransactionClient,
  { owner, key, fingerprint }: AnswerKey,
  answer: string,
  createdAt: Date,
): Promise<boolean> {
  const data = [{ owner, key, fingerprint, answer, createdAt }]
  const { count } = await tx.idempotencyKey.createMany({ data, skipDuplicates: true })
  return count === 1
}

/** Gives the answers of a guest to the person that the guest turned out to be. */
export async function moveAnswers(tx: Prisma.TransactionClient, guestId: string, personId: string): Promise<void> {
  await tx.$executeRaw`
    WITH moved AS (DELETE FROM idempotency_keys WHERE person_id = ${guestId} RETURNING *)
    INSERT INTO idempotency_keys (person_id, key, fingerprint, answer, created_at)
    SELECT ${personId}, key, fingerprint, answer, created_at FROM moved ON CONFLICT DO NOTHING`
}

export function reusedKey(): Refusal {
  const message = 'This Idempotency-Key was used for another request. Use a new key for a new request.'
  return new Refusal('idempotency_key_reused', message)
}
