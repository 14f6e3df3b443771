import { Prisma, type PrismaClient } from '../../database/generated/client.ts'

/** Polls of one statement. */
const pollsAtOnce = 300

/**
 * The polls that a person created, voted in, or added or proposed an option to; without deleted ones.
 *
 * Ballots and options are looked up poll by poll, by their primary keys. An index by person would slow down every vote,
 * and there are far fewer polls than ballots.
 */
export function pollsInvolving(prisma: PrismaClient, personId: string): Promise<string[]> {
  return pollsWhere(
    prisma,
    Prisma.sql`p.created_by_id = ${personId}
      OR (SELECT true FROM ballots b WHERE b.poll_id = p.id AND b.person_id = ${personId})
      OR (SELECT true FROM options o WHERE o.poll_id = p.id AND o.added_by_id = ${personId} LIMIT 1)
      OR p.options_moderated
        AND (SELECT true FROM proposals s WHERE s.poll_id = p.id AND s.proposed_by_id = ${personId} LIMIT 1)`,
  )
}

/** Polls in which the person could vote again under another name, if their account signed in again. */
export function openPollsVotedInSignedIn(prisma: PrismaClient, personId: string): Promise<string[]> {
  return pollsWhere(
    prisma,
    Prisma.sql`p.status = 'open' AND p.voters_signed_in AND NOT p.votes_final AND NOT p.anonymous
      AND (SELECT true FROM ballots b WHERE b.poll_id = p.id AND b.person_id = ${personId})`,
  )
}

/** Asks all polls that are not deleted, in the order of their ids and in many statements: each takes milliseconds. */
async function pollsWhere(prisma: PrismaClient, condition: Prisma.Sql): Promise<string[]> {
  const found: string[] = []
  for (let last: string | undefined = ''; last !== undefined; ) {
    const rows: { id: string; isMet: boolean | null }[] = await prisma.$queryRaw`
      SELECT p.id, (${condition}) AS "isMet" FROM (
        SELECT * FROM polls WHERE deleted_at IS NULL AND id > ${last} ORDER BY id LIMIT ${pollsAtOnce}
      ) AS p ORDER BY p.id`
    for (const { id, isMet } of rows) if (isMet) found.push(id)
    last = rows[pollsAtOnce - 1]?.id
  }
  return found
}

const maxPollsRead = 50
/** In events. */
const maxLogRead = 200

/**
 * Whether a poll's log may name this person, or a guest who was merged into them, so its pages show the name. Events
 * have no index by person. So this reads the logs of polls that changed since the person was created. It answers yes
 * for a long log and for many polls. The minute allows for clocks that differ between processes. For an EXISTS inside
 * OR, PostgreSQL would read all events (a hashed subplan), and for a LIMIT perhaps as well.
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
    p.revision > ${maxLogRead}
      OR w.id = ANY(ARRAY(SELECT e.actor_id FROM events e WHERE e.poll_id = p.id AND e.revision <= ${maxLogRead}))
  ))`
