import { Prisma, type PrismaClient } from '../../database/generated/client.ts'

/**
 * The polls that a person created, voted in, or added or proposed an option to; without deleted ones.
 *
 * Ballots and options are looked up poll by poll, by their primary keys. An index by person would slow down every vote,
 * and there are far fewer polls than ballots.
 */
export async function pollsInvolving(prisma: PrismaClient, personId: string): Promise<string[]> {
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

const maxPollsRead = 50
/** In events. */
const maxLogRead = 200

/**
 * Whether a poll's log may name this person, or a guest who was merged into them, so its pages show the name. Events
 * have no index by person. So this reads the logs of polls that changed since the person was created. It answers yes
 * for a long log and for many polls. The minute allows for clocks that differ between processes.
 */
export const mayBeInLogs = (personId: string) => Prisma.sql`EXISTS (
  SELECT FROM people w CROSS JOIN LATERAL (
    SELECT p.id, p.revision FROM polls p
    WHERE p.status IN ('open', 'closed') AND p.last_activity_at >= w.created_at - interval '1 minute'
    LIMIT ${maxPollsRead + 1}
  ) p
  WHERE w.id = ${personId} OR w.merged_into_id = ${personId}
  GROUP BY w.id
  HAVING count(*) > ${maxPollsRead} OR bool_or(
    p.revision > ${maxLogRead} OR EXISTS (SELECT FROM events e WHERE e.poll_id = p.id AND e.actor_id = w.id)
  ))`
