import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { pollsInvolving } from './polls-involving.ts'

type CreatedPoll = { id: string; title: string; createdAt: Date; totalVotes: number }
/** `choices` as text, as the export has them. */
type OwnVote = { pollId: string; title: string; choices: readonly string[]; at: Date | null }
type OwnOption = { pollId: string; title: string }
type CommentKey = { pollId: string; revision: number; at: Date }
type OwnComment = CommentKey & { body: string }
/** A poll that the person opened, for reminders to those who have not voted. */
type OwnOpening = { pollId: string; at: Date }

/** Rows in pages. Each is read by one statement when it is asked for, which takes milliseconds. */
export type Pages<Row> = AsyncGenerator<Row[]>

/** What polls hold about a person. Choices in anonymous polls are known to nobody. */
export type PollData = {
  polls: Pages<CreatedPoll>
  votes: Pages<OwnVote>
  options: Pages<OwnOption>
  comments: Pages<OwnComment>
  opened: Pages<OwnOpening>
}

/** Rows of a page, by how long they can be. */
const [longRows, rows, shortRows] = [25, 100, 300]
/** Each can have many options. */
const pollsWithOptions = 10

/** @param formerIds the guests who were merged into the person: comments still name them */
export async function pollDataOf(prisma: PrismaClient, id: string, formerIds: readonly string[]): Promise<PollData> {
  const pollIds = await pollsInvolving(prisma, id)
  return {
    polls: createdPolls(prisma, id),
    votes: votesIn(prisma, pollIds, id),
    options: optionsIn(prisma, pollIds, id),
    comments: commentsOf(prisma, [id, ...formerIds]),
    opened: openingsOf(prisma, id),
  }
}

/** The oldest first. */
export function createdPolls(prisma: PrismaClient, id: string): Pages<CreatedPoll> {
  const first = { id: '', createdAt: new Date(0) }
  return pagesAfter<CreatedPoll, typeof first>(
    first,
    rows,
    (last) => prisma.$queryRaw`
    SELECT p.id, t.title, p.created_at AS "createdAt", p.total_votes AS "totalVotes" FROM (
      SELECT id, created_at, total_votes FROM polls
      WHERE created_by_id = ${id} AND deleted_at IS NULL AND (created_at, id) > (${last.createdAt}, ${last.id})
      ORDER BY created_at, id LIMIT ${rows}
    ) AS p JOIN poll_texts t ON t.poll_id = p.id
    ORDER BY p.created_at, p.id`,
  )
}

/** In the order in which they were cast: first all times, which are short, then the votes. */
async function* votesIn(prisma: PrismaClient, pollIds: readonly string[], id: string): Pages<OwnVote> {
  const times: { pollId: string; at: Date | null }[] = []
  for (const some of chunks(pollIds, shortRows)) {
    const found = await prisma.$queryRaw<typeof times>`
      SELECT b.poll_id AS "pollId", e.at FROM ballots b
        LEFT JOIN events e ON e.poll_id = b.poll_id AND e.revision = b.revision
      WHERE b.poll_id = ANY(${some}) AND b.person_id = ${id}`
    times.push(...found)
  }
  const inOrder = times.toSorted((one, other) => timeOf(one) - timeOf(other) || (one.pollId < other.pollId ? -1 : 1))
  for (const some of chunks(inOrder, rows)) {
    yield await prisma.$queryRaw<OwnVote[]>`
      SELECT b.poll_id AS "pollId", t.title, b.choices, e.at FROM ballots b JOIN poll_texts t ON t.poll_id = b.poll_id
        LEFT JOIN events e ON e.poll_id = b.poll_id AND e.revision = b.revision
      WHERE b.poll_id = ANY(${some.map(({ pollId }) => pollId)}) AND b.person_id = ${id} ORDER BY e.at, b.poll_id`
  }
}

const timeOf = ({ at }: { at: Date | null }) => at?.getTime() ?? Number.MAX_SAFE_INTEGER

async function* optionsIn(prisma: PrismaClient, pollIds: readonly string[], id: string): Pages<OwnOption> {
  for (const some of chunks(pollIds, pollsWithOptions)) {
    yield await prisma.$queryRaw<OwnOption[]>`
      SELECT poll_id AS "pollId", title FROM options WHERE poll_id = ANY(${some}) AND added_by_id = ${id}
      UNION ALL
      SELECT poll_id, title FROM proposals WHERE poll_id = ANY(${some}) AND proposed_by_id = ${id}`
  }
}

function commentsOf(prisma: PrismaClient, authorIds: readonly string[]): Pages<OwnComment> {
  return commentPages<OwnComment>(prisma, authorIds, Prisma.sql`, body`, longRows)
}

/** The comments of these people, the oldest first, without their texts. */
export function commentKeysOf(prisma: PrismaClient, authorIds: readonly string[]): Pages<CommentKey> {
  return commentPages<CommentKey>(prisma, authorIds, Prisma.empty, rows)
}

function commentPages<Row extends CommentKey>(
  prisma: PrismaClient,
  authorIds: readonly string[],
  body: Prisma.Sql,
  limit: number,
): Pages<Row> {
  const first = { at: new Date(0), pollId: '', revision: 0 }
  // The index has the comments of each author in order, so this reads no more than one page of each.
  return pagesAfter<Row, CommentKey>(
    first,
    limit,
    (last) => prisma.$queryRaw`
    SELECT c.* FROM unnest(${[...authorIds]}::text[]) AS author(id) CROSS JOIN LATERAL (
      SELECT poll_id AS "pollId", revision, at${body} FROM comments
      WHERE author_id = author.id AND (at, poll_id, revision) > (${last.at}, ${last.pollId}, ${last.revision})
      ORDER BY at, poll_id, revision LIMIT ${limit}
    ) AS c
    ORDER BY c.at, c."pollId", c.revision LIMIT ${limit}`,
  )
}

function openingsOf(prisma: PrismaClient, id: string): Pages<OwnOpening> {
  const first = { at: new Date(0), pollId: '' }
  return pagesAfter<OwnOpening, OwnOpening>(
    first,
    shortRows,
    (last) => prisma.$queryRaw`
    SELECT poll_id AS "pollId", at FROM openings
    WHERE person_id = ${id} AND (at, poll_id) > (${last.at}, ${last.pollId}) ORDER BY at, poll_id LIMIT ${shortRows}`,
  )
}

/** Each page begins after the last row of the page before, so a change meanwhile leaves out no other row. */
async function* pagesAfter<Row extends Key, Key>(
  first: Key,
  limit: number,
  read: (last: Key) => Promise<Row[]>,
): Pages<Row> {
  for (let last: Key | undefined = first; last !== undefined; ) {
    const page: Row[] = await read(last)
    if (page.length > 0) yield page
    last = page[limit - 1]
  }
}

function* chunks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}

/**
 * Reminders name no person who removed their data. Deletes at most `limit` rows.
 *
 * @returns whether there may be more
 */
export async function forgetOpenings(
  tx: Prisma.TransactionClient,
  ids: readonly string[],
  limit: number,
): Promise<boolean> {
  const count = await tx.$executeRaw`
    DELETE FROM openings WHERE (poll_id, person_id) IN (
      SELECT poll_id, person_id FROM openings WHERE person_id = ANY(${[...ids]}) LIMIT ${limit})`
  return count === limit
}

/** The logs of these polls name guests who signed in. Takes the names of these guests out of them. */
export async function forgetNamesInLogs(
  prisma: PrismaClient,
  pollIds: readonly string[],
  guestIds: readonly string[],
): Promise<void> {
  if (guestIds.length === 0) return
  for (const pollId of pollIds) {
    const merges = pagesAfter<GuestMerge, Pick<GuestMerge, 'revision'>>(
      { revision: 0 },
      shortRows,
      (last) => prisma.$queryRaw`
        SELECT revision, facts -> 'guest' ->> 'id' AS "guestId" FROM events
        WHERE poll_id = ${pollId} AND type = 'guest_merged' AND revision > ${last.revision}
        ORDER BY revision LIMIT ${shortRows}`,
    )
    for await (const page of merges) {
      const theirs = page.filter(({ guestId }) => guestIds.includes(guestId)).map(({ revision }) => revision)
      if (theirs.length > 0)
        await prisma.$executeRaw`
          UPDATE events SET facts = jsonb_set(facts, '{guest,name}', to_jsonb(${somebody}::text))
          WHERE poll_id = ${pollId} AND revision = ANY(${theirs})`
    }
  }
}

type GuestMerge = { revision: number; guestId: string }

/** How a person is called whose data was removed. */
export const somebody = 'somebody'
