import type { PrismaClient } from '../database/generated/client.ts'

/**
 * The polls in which somebody has a ballot, or that they made, or for which they thought of an option, approved or not;
 * not the deleted.
 *
 * A ballot and options are looked up poll by poll, by their primary keys: no index has them by person, as every vote
 * would have to pay for it, and there are far fewer polls than ballots.
 */
export async function pollsWithTracesOf(prisma: PrismaClient, personId: string): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT p.id FROM polls p
    WHERE p.deleted_at IS NULL AND (
      p.created_by_id = ${personId}
      OR (SELECT true FROM ballots b WHERE b.poll_id = p.id AND b.person_id = ${personId})
      OR (SELECT true FROM options o WHERE o.poll_id = p.id AND o.added_by_id = ${personId} LIMIT 1)
      OR p.options_moderated
        AND (SELECT true FROM proposals s WHERE s.poll_id = p.id AND s.proposed_by_id = ${personId} LIMIT 1)
    )`
  return rows.map(({ id }) => id)
}
