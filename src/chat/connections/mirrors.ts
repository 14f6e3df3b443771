import type { Sql } from '../../database/direct-sql.ts'
import { Prisma } from '../../database/generated/client.ts'
import { categoryKey } from '../../polls/model/keys.ts'
import type { MirrorsSql } from '../../polls/queries/viewer-snapshot.ts'

/** A connection's id and the categories that it wants. */
type Wanting = { id: string; categories: readonly string[] }

/** The value of `inFlightRevision` while a thread has still to start with a snapshot of the poll. */
export const startWithSnapshot = 0

/**
 * Gives a connection a cursor in every open poll that it wants and does not follow: after the last event, or before it,
 * to start the thread with a snapshot of the poll.
 */
export async function mirrorOpenPolls(tx: Sql, wanting: Wanting, start: 'now' | 'open-polls') {
  const place =
    start === 'now' ? Prisma.sql`p.revision, NULL::int` : Prisma.sql`p.revision - 1, ${startWithSnapshot}::int`
  await tx.$executeRaw`
    INSERT INTO mirrors (poll_id, connection_id, revision, attempting)
    SELECT p.id, ${wanting.id}, ${place}
    FROM polls p JOIN poll_texts t ON t.poll_id = p.id
    WHERE p.status = 'open' AND p.archived_at IS NULL AND p.deleted_at IS NULL AND ${isWanted(wanting)}
    ON CONFLICT (poll_id, connection_id) DO NOTHING`
}

/** Forgets the threads of these connections. Those of open polls start again, with a snapshot of the poll. */
export async function startAgain(tx: Sql, connectionIds: readonly string[]) {
  await tx.$executeRaw`
    UPDATE mirrors AS m SET thread_id = NULL, thread_data = NULL, shown = 0,
      revision = CASE WHEN p.status = 'open' THEN p.revision - 1 ELSE p.revision END,
      attempting = CASE WHEN p.status = 'open' THEN ${startWithSnapshot}::int END
    FROM polls p
    WHERE m.poll_id = p.id AND m.connection_id = ANY(${[...connectionIds]}) AND m.ends_at IS NULL`
}

/**
 * Continues the cursors of polls that a connection followed before and wants again, whatever the poll's status: where
 * they were if they had undelivered events, else from the poll's last event.
 */
export async function returnToWanted(tx: Sql, wanting: Wanting) {
  await tx.$executeRaw`
    UPDATE mirrors AS m SET
      revision = CASE WHEN m.revision >= m.ends_at THEN p.revision ELSE m.revision END,
      attempting = CASE WHEN m.revision >= m.ends_at THEN NULL ELSE m.attempting END,
      ends_at = NULL
    FROM polls p JOIN poll_texts t ON t.poll_id = p.id
    WHERE m.poll_id = p.id AND m.connection_id = ${wanting.id} AND m.ends_at IS NOT NULL AND NOT m.left_out
      AND ${isWanted(wanting)}`
}

/** Sets the final revision of polls that a connection follows but no longer wants to their last event. */
export async function endUnwanted(tx: Sql, wanting: Wanting) {
  await tx.$executeRaw`
    UPDATE mirrors AS m SET ends_at = p.revision
    FROM polls p JOIN poll_texts t ON t.poll_id = p.id
    WHERE m.poll_id = p.id AND m.connection_id = ${wanting.id} AND m.ends_at IS NULL AND NOT (${isWanted(wanting)})`
}

/** For polls `p` with their texts `t`. */
function isWanted({ categories }: Wanting): Prisma.Sql {
  if (categories.length === 0) return Prisma.sql`NOT p.unlisted`
  return Prisma.sql`NOT p.unlisted AND coalesce(t.category_key = ANY(${categories.map(categoryKey)}), FALSE)`
}

/** The key of the advisory lock: any number that is not used elsewhere in this database. */
const advisoryLock = 7_311_015_035

/**
 * Prevents a race: a poll that is created or moved while a connection is made or changed must not be missed by both.
 * Until the transaction ends, changes of polls share the lock, and a change of a connection holds it alone. Read in a
 * later statement than this one.
 */
export async function lockFollowing(tx: Sql, how: 'shared' | 'alone'): Promise<void> {
  const lock = how === 'shared' ? Prisma.sql`pg_advisory_xact_lock_shared` : Prisma.sql`pg_advisory_xact_lock`
  await tx.$executeRaw`SELECT ${lock}(${advisoryLock})`
}

/** For polls p: the rooms that mirror them, oldest first; null for none. */
const rooms = Prisma.sql`(
  SELECT jsonb_agg(
    jsonb_build_object(
      'chat', c.chat, 'room', c.room_name, 'roomUrl', c.room_url, 'isPaused', c.status = 'paused',
      'hasEnded', c.status = 'paused' AND c.status_reason IS NOT NULL, 'isFailing', c.failing_since IS NOT NULL,
      'waiting', least(p.revision, m.ends_at) - m.revision,
      'refused', (SELECT count(*) FROM rejections r WHERE r.poll_id = m.poll_id AND r.connection_id = m.connection_id)
    ) ORDER BY c.created_at, c.id)
  FROM mirrors m JOIN connections c ON c.id = m.connection_id
  WHERE m.poll_id = p.id AND c.status IN ('active', 'paused') AND (m.ends_at IS NULL OR m.revision < m.ends_at)
)`

/** For `PollQueries`, which must not know the tables of chats. */
export const mirrorsSql: MirrorsSql = { rooms, areAny: Prisma.sql`EXISTS (SELECT FROM connections)` }
