import type { Prisma, PrismaClient } from '../../database/generated/client.ts'
import type { Choices } from '../model/poll.ts'
import { pollsInvolving } from './polls-involving.ts'

/** What polls hold about a person. Choices in anonymous polls are known to nobody. */
export type PollData = {
  polls: { id: string; title: string; createdAt: Date; totalVotes: number }[]
  votes: { pollId: string; title: string; choices: Choices; at: Date | null }[]
  options: { pollId: string; title: string }[]
  comments: { pollId: string; revision: number; at: Date; body: string }[]
  /** Polls that the person opened, for reminders to those who have not voted. */
  opened: { pollId: string; at: Date }[]
}

/** @param formerIds the guests who were merged into the person: comments still name them */
export async function pollDataOf(prisma: PrismaClient, id: string, formerIds: readonly string[]): Promise<PollData> {
  const pollIds = await pollsInvolving(prisma, id)
  const [polls, votes, options, comments, opened] = await Promise.all([
    prisma.$queryRaw<PollData['polls']>`
      SELECT p.id, t.title, p.created_at AS "createdAt", p.total_votes AS "totalVotes"
      FROM polls p JOIN poll_texts t ON t.poll_id = p.id
      WHERE p.created_by_id = ${id} AND p.deleted_at IS NULL ORDER BY p.created_at`,
    prisma.$queryRaw<PollData['votes']>`
      SELECT b.poll_id AS "pollId", t.title, b.choices, e.at FROM ballots b JOIN poll_texts t ON t.poll_id = b.poll_id
        LEFT JOIN events e ON e.poll_id = b.poll_id AND e.revision = b.revision
      WHERE b.poll_id = ANY(${pollIds}) AND b.person_id = ${id} ORDER BY e.at`,
    prisma.$queryRaw<PollData['options']>`
      SELECT poll_id AS "pollId", title FROM options WHERE poll_id = ANY(${pollIds}) AND added_by_id = ${id}
      UNION ALL
      SELECT poll_id, title FROM proposals WHERE poll_id = ANY(${pollIds}) AND proposed_by_id = ${id}`,
    prisma.$queryRaw<PollData['comments']>`
      SELECT poll_id AS "pollId", revision, at, body FROM comments
      WHERE author_id = ANY(${[id, ...formerIds]}) ORDER BY at`,
    prisma.opening.findMany({ where: { personId: id }, select: { pollId: true, at: true }, orderBy: { at: 'asc' } }),
  ])
  return { polls, votes, options, comments, opened }
}

/** Reminders name no person who removed their data. */
export async function forgetOpenings(tx: Prisma.TransactionClient, ids: readonly string[]): Promise<void> {
  await tx.opening.deleteMany({ where: { personId: { in: [...ids] } } })
}

/** Polls in which the person could vote again under another name, if their account signed in again. */
export async function openPollsVotedInSignedIn(prisma: PrismaClient, id: string): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT p.id FROM polls p
    WHERE p.status = 'open' AND p.voters_signed_in AND NOT p.votes_final AND NOT p.anonymous AND p.deleted_at IS NULL
      AND EXISTS (SELECT FROM ballots b WHERE b.poll_id = p.id AND b.person_id = ${id})`
  return rows.map((row) => row.id)
}

/** The logs of these polls name guests who signed in. Takes the names of these guests out of them. */
export async function forgetNamesInLogs(
  tx: Prisma.TransactionClient,
  pollIds: readonly string[],
  guestIds: readonly string[],
): Promise<void> {
  if (guestIds.length === 0) return
  await tx.$executeRaw`
    UPDATE events SET facts = jsonb_set(facts, '{guest,name}', to_jsonb(${somebody}::text))
    WHERE poll_id = ANY(${[...pollIds]}) AND type = 'guest_merged' AND facts -> 'guest' ->> 'id' = ANY(${[...guestIds]})`
}

/** How a person is called whose data was removed. */
export const somebody = 'somebody'
