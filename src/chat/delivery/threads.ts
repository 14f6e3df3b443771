import type { Sql } from '../../database/direct-sql.ts'
import { Prisma, type PrismaClient } from '../../database/generated/client.ts'

/** The key of a thread: a poll in a connection. */
export type ThreadKey = { pollId: string; connectionId: string }

/**
 * For mirrors m and polls p, where `ends_at` is the final revision: whether the thread has undelivered events or messages to post again.
 */
const isBehind = Prisma.sql`(
  m.revision < LEAST(p.revision, m.ends_at) OR EXISTS (
    SELECT FROM rejections r WHERE r.poll_id = m.poll_id AND r.connection_id = m.connection_id AND r.resend))`

/** For connections c: whether messages may be posted. */
const takesPosts = Prisma.sql`c.status = 'active' AND c.retry_at IS NULL`

const threadColumns = Prisma.sql`m.poll_id AS "pollId", m.connection_id AS "connectionId"`

/**
 * When the next retry of a failing connection is further away than this, its threads get no jobs. Recovery wakes them
 * all.
 */
const restMs = 2_000

/**
 * The threads that follow these polls. Threads of a connection that waits for its retry are left out. One statement, in
 * the transaction of the batch.
 */
export function threadsOf(tx: Sql, pollIds: readonly string[], now: Date): Promise<ThreadKey[]> {
  const rested = new Date(now.getTime() + restMs)
  return tx.$queryRaw<ThreadKey[]>`
    SELECT ${threadColumns} FROM mirrors m JOIN connections c ON c.id = m.connection_id
    WHERE m.poll_id = ANY(${pollIds}) AND (m.ends_at IS NULL OR m.revision < m.ends_at)
      AND c.status = 'active' AND (c.retry_at IS NULL OR c.retry_at < ${rested})`
}

/**
 * Rewinds the cursors of threads that wait for nothing but show an older state of the poll: back to before its last
 * event, marked as in flight, so it is posted in any case. Resolves to those threads.
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
 * Moves the cursor of a thread that waits for nothing to before the poll's last event. A chat recognises the message that
 * is posted again by its id. Resolves to the thread, if it was moved.
 */
export function rewind(prisma: PrismaClient, { pollId, connectionId }: ThreadKey): Promise<ThreadKey[]> {
  return prisma.$queryRaw<ThreadKey[]>`
    UPDATE mirrors m SET revision = p.revision - 1 FROM polls p
    WHERE m.poll_id = ${pollId} AND m.connection_id = ${connectionId} AND p.id = m.poll_id
      AND m.revision = p.revision AND m.attempting IS NULL AND m.ends_at IS NULL
    RETURNING ${threadColumns}`
}

/**
 * Threads with undelivered events, in pages: of one connection with `connectionId`, of polls with activity since
 * `since`.
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

/** One thread of a connection with undelivered events, preferably one with a message in flight. */
export async function oneThreadBehind(prisma: PrismaClient, connectionId: string): Promise<ThreadKey | undefined> {
  const rows = await prisma.$queryRaw<ThreadKey[]>`
    SELECT ${threadColumns} FROM mirrors m JOIN polls p ON p.id = m.poll_id
    WHERE m.connection_id = ${connectionId} AND ${isBehind}
    ORDER BY m.attempting NULLS LAST LIMIT 1`
  return rows[0]
}

/** The ids of failing connections whose retry time has come. */
export async function overdueConnections(prisma: PrismaClient, now: Date): Promise<string[]> {
  const where = { status: 'active' as const, retryAt: { lte: now } }
  const rows = await prisma.connection.findMany({ where, select: { id: true }, take: 1_000 })
  return rows.map(({ id }) => id)
}
