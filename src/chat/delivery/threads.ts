import { Prisma, type PrismaClient } from '../../database/generated/client.ts'

/** A poll in a connection: a thread of its chat. */
export type ThreadKey = { pollId: string; connectionId: string }

/** Of mirrors m and polls p: whether there is something that the thread has not been message. */
const isBehind = Prisma.sql`(
  m.revision < LEAST(p.revision, m.ends_at) OR EXISTS (
    SELECT FROM rejections r WHERE r.poll_id = m.poll_id AND r.connection_id = m.connection_id AND r.resend))`

/** Of connections c: whether anything may be posted. */
const takesPosts = Prisma.sql`c.status = 'active' AND c.retry_at IS NULL`

const threadColumns = Prisma.sql`m.poll_id AS "pollId", m.connection_id AS "connectionId"`

/** A connection that fails and is not tried for longer than this, in milliseconds, has all its threads woken then. */
const restMs = 2_000

/**
 * The threads of these polls that are told what happens in them now; those of a connection that rests cost nothing.
 * One statement, in the transaction in which it happens.
 */
export function threadsOf(tx: Prisma.TransactionClient, pollIds: readonly string[], now: Date): Promise<ThreadKey[]> {
  const rested = new Date(now.getTime() + restMs)
  return tx.$queryRaw<ThreadKey[]>`
    SELECT ${threadColumns} FROM mirrors m JOIN connections c ON c.id = m.connection_id
    WHERE m.poll_id = ANY(${pollIds}) AND (m.ends_at IS NULL OR m.revision < m.ends_at)
      AND c.status = 'active' AND (c.retry_at IS NULL OR c.retry_at < ${rested})`
}

/**
 * Puts the threads of a poll that do not show it as it stands, though nothing waits for them, back before its last
 * event: that one counts as begun, as it is told whatever is wanted. Resolves to those threads.
 */
export function rewindOutdated(prisma: PrismaClient, pollId: string): Promise<ThreadKey[]> {
  return prisma.$queryRaw<ThreadKey[]>`
    UPDATE mirrors m SET revision = p.revision - 1, attempting = p.revision
    FROM polls p, connections c
    WHERE m.poll_id = ${pollId} AND p.id = m.poll_id AND c.id = m.connection_id AND c.status IN ('active', 'paused')
      AND m.revision = p.revision AND m.ends_at IS NULL AND m.shown > 0 AND m.shown < p.revision
    RETURNING ${threadColumns}`
}

/**
 * Threads that are behind, in pages. `connectionId` narrows it to one, `since` to polls in which something happened.
 */
export async function* threadsBehind(
  prisma: PrismaClient,
  { connectionId, since }: { connectionId?: string; since?: Date } = {},
): AsyncGenerator<ThreadKey[]> {
  const size = 1_000
  let page: ThreadKey[] = [{ pollId: '', connectionId: '' }]
  do {
    const { pollId = '', connectionId: after = '' } = page.at(-1) ?? {}
    page = await prisma.$queryRaw<ThreadKey[]>`
      SELECT ${threadColumns}
      FROM mirrors m JOIN polls p ON p.id = m.poll_id JOIN connections c ON c.id = m.connection_id
      WHERE ${takesPosts} AND ${isBehind} AND (m.poll_id, m.connection_id) > (${pollId}, ${after})
        ${connectionId ? Prisma.sql`AND c.id = ${connectionId}` : Prisma.empty}
        ${since ? Prisma.sql`AND p.last_activity_at >= ${since} AND p.status IN ('open', 'closed')` : Prisma.empty}
      ORDER BY m.poll_id, m.connection_id LIMIT ${size}`
    if (page.length > 0) yield page
  } while (page.length === size)
}

/** One thread of a connection that is behind: first one whose last message may have been lost. */
export async function oneThreadBehind(prisma: PrismaClient, connectionId: string): Promise<ThreadKey | undefined> {
  const rows = await prisma.$queryRaw<ThreadKey[]>`
    SELECT ${threadColumns} FROM mirrors m JOIN polls p ON p.id = m.poll_id
    WHERE m.connection_id = ${connectionId} AND ${isBehind}
    ORDER BY m.attempting NULLS LAST LIMIT 1`
  return rows[0]
}

/** The ids of connections that fail and are to be tried by now. */
export async function overdueConnections(prisma: PrismaClient, now: Date): Promise<string[]> {
  const where = { status: 'active' as const, retryAt: { lte: now } }
  const rows = await prisma.connection.findMany({ where, select: { id: true }, take: 1_000 })
  return rows.map(({ id }) => id)
}
