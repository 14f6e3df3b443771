import { createHash } from 'node:crypto'
import type { Database } from '../../database/database.ts'
import type { Prisma, PrismaClient } from '../../database/generated/client.ts'
import { Refusal } from '../../errors.ts'

/** The key under which an answer is stored, and the fingerprint of the request that it answers. */
export type AnswerKey = { owner: string; key: string; fingerprint: string }

/** The idempotency key of a form: a form that is sent twice takes effect once. */
export type FormKey = Omit<AnswerKey, 'owner'>

/** @param content equal for two submissions of the same form; the key does not reveal it */
export function formKey(content: string): FormKey {
  const key = `form ${createHash('sha256').update(content).digest('hex')}`
  return { key, fingerprint: key }
}

/**
 * The answer stored under this key; undefined without one.
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

/** Those of these keys that have an answer. */
export async function answeredKeys(prisma: PrismaClient, owner: string, keys: readonly string[]): Promise<Set<string>> {
  const rows = await prisma.idempotencyKey.findMany({ where: { owner, key: { in: [...keys] } }, select: { key: true } })
  return new Set(rows.map(({ key }) => key))
}

/**
 * Stores an answer under an unused idempotency key, in the transaction that does the work. A simultaneous request with
 * the same key waits for the end of that transaction.
 *
 * @returns false if the key was used before
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

/**
 * Removes at most `limit` of the answers that these people got.
 *
 * @returns whether there may be more
 */
export async function forgetAnswers(
  tx: Prisma.TransactionClient,
  personIds: readonly string[],
  limit: number,
): Promise<boolean> {
  const count = await tx.$executeRaw`
    DELETE FROM idempotency_keys WHERE (person_id, key) IN (
      SELECT person_id, key FROM idempotency_keys WHERE person_id = ANY(${[...personIds]}) LIMIT ${limit})`
  return count === limit
}

export function reusedKey(): Refusal {
  const message = 'This Idempotency-Key was used for another request. Use a new key for a new request.'
  return new Refusal('idempotency_key_reused', message)
}
