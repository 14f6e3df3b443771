import { Prisma } from '../database/generated/client.ts'
import { mayBeInLogs } from '../polls/traces.ts'

/**
 * When somebody's name changed, or whose name stands where. No two such times are the same, so that the latest tells
 * whether any name has changed (see `PollQueries`).
 */
export const renamedNow = (now: Date) =>
  Prisma.sql`GREATEST(${now}, (SELECT max(renamed_at) FROM people) + interval '1 millisecond')`

/** Makes the cached pages of all polls stale, if one may show `named`, who is `personId` or becomes that person. */
export async function makePagesStale(
  tx: Prisma.TransactionClient,
  { personId, named, now }: { personId: string; named: string; now: Date },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE people SET renamed_at = ${renamedNow(now)}
    WHERE id = ${personId} AND ${mayBeInLogs(named)}`
}
