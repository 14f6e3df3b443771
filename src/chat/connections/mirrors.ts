import { Prisma } from '../../database/generated/client.ts'
import { categoryKey } from '../../polls/model/keys.ts'

/** A connection, as far as it says which polls it wants. */
type Wanting = { id: string; categories: readonly string[] }

/** The value of `inFlightRevision` while a thread has still to start with a snapshot of the poll. */
export const startWithSnapshot = 0

/**
 * Gives a connection a place in the log of every open poll that it wants and does not follow yet: at its end, or before
 * its last event, in place of which its thread begins with the poll as it stands.
 */
export async function mirrorOpenPolls(tx: Prisma.TransactionClient, wanting: Wanting, start: 'now' | 'open-polls') {
  const place =
    start === 'now' ? Prisma.sql`p.revision, NULL::int` : Prisma.sql`p.revision - 1, ${startWithSnapshot}::int`
  await tx.$executeRaw`
    INSERT INTO mirrors (poll_id, connection_id, revision, attempting)
    SELECT p.id, ${wanting.id}, ${place}
    FROM polls p JOIN poll_texts t ON t.poll_id = p.id
    WHERE p.status = 'open' AND p.archived_at IS NULL AND p.deleted_at IS NULL AND ${isWanted(wanting)}
    ON CONFLICT (poll_id, connection_id) DO NOTHING`
}

/**
 * Goes on with what a connection followed before and wants again, in whatever state the poll is by now: from where its
 * thread stood if that had not been told all, else from here.
 */
export async function returnToWanted(tx: Prisma.TransactionClient, wanting: Wanting) {
  await tx.$executeRaw`
    UPDATE mirrors AS m SET
      revision = CASE WHEN m.revision >= m.ends_at THEN p.revision ELSE m.revision END,
      attempting = CASE WHEN m.revision >= m.ends_at THEN NULL ELSE m.attempting END,
      ends_at = NULL
    FROM polls p JOIN poll_texts t ON t.poll_id = p.id
    WHERE m.poll_id = p.id AND m.connection_id = ${wanting.id} AND m.ends_at IS NOT NULL AND ${isWanted(wanting)}`
}

/** Ends, with what has happened so far, what a connection follows but does not want any more. */
export async function endUnwanted(tx: Prisma.TransactionClient, wanting: Wanting) {
  await tx.$executeRaw`
    UPDATE mirrors AS m SET ends_at = p.revision
    FROM polls p JOIN poll_texts t ON t.poll_id = p.id
    WHERE m.poll_id = p.id AND m.connection_id = ${wanting.id} AND m.ends_at IS NULL AND NOT (${isWanted(wanting)})`
}

/** Of polls `p` with their texts `t`. */
function isWanted({ categories }: Wanting): Prisma.Sql {
  if (categories.length === 0) return Prisma.sql`TRUE`
  return Prisma.sql`coalesce(t.category_key = ANY(${categories.map(categoryKey)}), FALSE)`
}

/** Any number will do that nobody else takes on this database. */
const advisoryLock = 7_311_015_035

/**
 * Keeps polls that begin or move, and connections that begin or want something else, from passing each other unseen:
 * until the transaction ends, any number of the former share the lock, and each of the latter has it alone. What it
 * then reads has to be a later statement.
 */
export async function lockFollowing(tx: Prisma.TransactionClient, how: 'shared' | 'alone'): Promise<void> {
  const lock = how === 'shared' ? Prisma.sql`pg_advisory_xact_lock_shared` : Prisma.sql`pg_advisory_xact_lock`
  await tx.$executeRaw`SELECT ${lock}(${advisoryLock})`
}
