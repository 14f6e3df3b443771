import type { Prisma, PrismaClient } from '../database/generated/client.ts'
import { makePagesStale } from './renaming.ts'

type Transaction = Prisma.TransactionClient
type Row = { id: string; mergedIntoId: string | null }

/**
 * From now on the guest is the person: in every browser, and with every token. Somebody who has an account of a chat is
 * no guest.
 *
 * @returns false when there is no such guest any more
 */
export async function beginMerge(
  prisma: PrismaClient,
  { guestId, personId }: { guestId: string; personId: string },
  now: Date,
): Promise<boolean> {
  const outcome = await prisma.$transaction(async (tx) => {
    const people = await lock(tx, [guestId, personId])
    const [guest, person] = [people.get(guestId), people.get(personId)]
    if (guestId === personId || !guest || !person || guest.mergedIntoId) return false
    if ((await tx.chatAccount.count({ where: { personId: guestId } })) > 0) return false
    if (person.mergedIntoId) return { personId: person.mergedIntoId }
    await join(tx, guestId, personId, now)
    return true
  })
  return typeof outcome === 'boolean' ? outcome : beginMerge(prisma, { guestId, ...outcome }, now)
}

/** In the order of their ids, so that nobody waits for each other. */
async function lock(tx: Transaction, ids: string[]): Promise<Map<string, Row>> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT id, merged_into_id AS "mergedIntoId" FROM people WHERE id = ANY(${ids}) ORDER BY id FOR NO KEY UPDATE`
  return new Map(rows.map((row) => [row.id, row]))
}

/** Those who were merged into the guest are the person as well. */
async function join(tx: Transaction, guestId: string, personId: string, now: Date): Promise<void> {
  // Before the two are one: this looks for what the guest did, not for what the person did.
  await makePagesStale(tx, { personId, named: guestId, now })
  await tx.person.update({ where: { id: guestId }, data: { mergingSince: now } })
  await tx.person.updateMany({
    where: { OR: [{ id: guestId }, { mergedIntoId: guestId }] },
    data: { mergedIntoId: personId },
  })
  await moveBelongings(tx, guestId, personId)
}

/** What the guest acts with. May be done again and again, for what came late. */
export async function moveBelongings(tx: Transaction, guestId: string, personId: string): Promise<void> {
  const [where, data] = [{ personId: guestId }, { personId }]
  await tx.session.updateMany({ where, data })
  await tx.apiToken.updateMany({ where, data })
  await tx.chatAccount.updateMany({ where, data })
  await tx.unlinkedAccount.updateMany({ where, data })
  await tx.connection.updateMany({ where: { createdById: guestId }, data: { createdById: personId } })
  await tx.$executeRaw`
    WITH moved AS (DELETE FROM idempotency_keys WHERE person_id = ${guestId} RETURNING *)
    INSERT INTO idempotency_keys (person_id, key, fingerprint, answer, created_at)
    SELECT ${personId}, key, fingerprint, answer, created_at FROM moved ON CONFLICT DO NOTHING`
}
