import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { type PersonName, personFrom } from '../../people/model/person-name.ts'
import { chatOf, isSignedIn, joinPerson, mergedPerson } from '../../people/sql.ts'
import { parseChoices } from '../model/choices/choice-text.ts'
import type { Choices, Poll } from '../model/poll.ts'

// Who voted for what, in polls that are not anonymous. There is no index of ballots by time or by option, as it would
// slow down every vote. So each read is bounded by a number of ballots or events.

/** A ballot that counts, with its voter. */
export type Vote = { person: PersonName; choices: Choices }
/** `at` is when it was cast; null if the log does not say, as for a ballot that was imported. */
export type TimedVote = Vote & { at: Date | null }

/** `next` is the person at the start of the next page. */
export type VotesPage = { votes: TimedVote[]; next: string | null }

/** With more ballots or events than this, a read takes the newest ones. */
const maxRead = 500
/** To find votes among comments. */
const maxEventsRead = 20_000

type VoteRow = { id: string; name: string; isSignedIn: boolean; chat: string | null; choices: readonly string[] }

const columns = Prisma.sql`p.id, p.name, ${isSignedIn} AS "isSignedIn", ${chatOf(Prisma.sql`p.id`)} AS chat, b.choices`

/** All votes in the order in which they were cast. In a poll with many, the newest ones, the newest first. */
export async function votesToShow(prisma: PrismaClient, poll: Poll): Promise<{ votes: Vote[]; areAll: boolean }> {
  const newestFirst = await newestVotes(prisma, poll, maxRead)
  const areAll = poll.totalVotes <= maxRead
  return { votes: areAll ? newestFirst.toReversed() : newestFirst, areAll }
}

/** The votes that were cast last, the newest first. In a poll with many, those that the newest events cast. */
export async function newestVotes(prisma: PrismaClient, { id, totalVotes }: Poll, limit: number): Promise<Vote[]> {
  const rows =
    totalVotes <= maxRead
      ? await prisma.$queryRaw<VoteRow[]>`
        SELECT ${columns} FROM ballots b ${joinPerson('p', Prisma.sql`b.person_id`)}
        WHERE b.poll_id = ${id} AND b.counted ORDER BY b.revision DESC LIMIT ${limit}`
      : await prisma.$queryRaw<VoteRow[]>`
        WITH newest AS (
            SELECT actor_id, type FROM events WHERE poll_id = ${id} ORDER BY revision DESC LIMIT ${maxEventsRead}),
          votes AS (
            SELECT actor_id FROM newest WHERE type IN ('voted', 'vote_changed', 'vote_counted', 'guest_merged')
            LIMIT ${maxRead}),
          voters AS (SELECT DISTINCT ${mergedPerson(Prisma.sql`votes.actor_id`)} AS id FROM votes)
        SELECT ${columns} FROM voters w JOIN ballots b ON b.poll_id = ${id} AND b.person_id = w.id
          ${joinPerson('p', Prisma.sql`b.person_id`)}
        WHERE b.counted ORDER BY b.revision DESC LIMIT ${limit}`
  return rows.map(voteFromRow)
}

/**
 * Votes in the order of the voters' ids, which says nothing of when they voted. The limit is inside: of a join with it
 * outside, PostgreSQL expects to end soon, and reads all people up to the first voter of the page.
 */
export async function votesPage(
  prisma: PrismaClient,
  pollId: string,
  { from, limit }: { from: string; limit: number },
): Promise<VotesPage> {
  const rows = await prisma.$queryRaw<(VoteRow & { at: Date | null })[]>`
    SELECT ${columns}, e.at FROM (
        SELECT * FROM ballots WHERE poll_id = ${pollId} AND person_id >= ${from} AND counted
        ORDER BY person_id LIMIT ${limit + 1}
      ) AS b ${joinPerson('p', Prisma.sql`b.person_id`)}
      LEFT JOIN events e ON e.poll_id = b.poll_id AND e.revision = b.revision
    ORDER BY b.person_id`
  const votes = rows.slice(0, limit).map(({ at, ...row }) => ({ ...voteFromRow(row), at }))
  return { votes, next: rows[limit]?.id ?? null }
}

function voteFromRow({ choices, ...person }: VoteRow): Vote {
  return { person: personFrom(person), choices: parseChoices(choices) }
}

/** A ballot as the creator manages it. `reason` is why it was set aside. */
export type ManagedVote = Vote & { counted: boolean; reason: string | null }

const managed = Prisma.sql`${columns}, b.counted, b.set_aside_reason AS reason`

/** The vote of this person, also one that the creator set aside; undefined without one. */
export async function managedVote(
  prisma: PrismaClient,
  pollId: string,
  personId: string,
): Promise<ManagedVote | undefined> {
  const [row] = await prisma.$queryRaw<ManagedRow[]>`
    SELECT ${managed} FROM ballots b ${joinPerson('p', Prisma.sql`b.person_id`)}
    WHERE b.poll_id = ${pollId} AND b.person_id = ${personId}`
  return row && managedFromRow(row)
}

const maxSetAside = 200

/** The votes that the creator set aside. */
export async function votesSetAside(prisma: PrismaClient, pollId: string): Promise<ManagedVote[]> {
  const rows = await prisma.$queryRaw<ManagedRow[]>`
    SELECT ${managed} FROM ballots b ${joinPerson('p', Prisma.sql`b.person_id`)}
    WHERE b.poll_id = ${pollId} AND NOT b.counted AND b.set_aside_reason IS NOT NULL
    ORDER BY b.revision DESC LIMIT ${maxSetAside}`
  return rows.map(managedFromRow)
}

type ManagedRow = VoteRow & Pick<ManagedVote, 'counted' | 'reason'>

function managedFromRow({ counted, reason, ...row }: ManagedRow): ManagedVote {
  return { ...voteFromRow(row), counted, reason }
}
