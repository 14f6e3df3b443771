import { Prisma } from '../database/generated/client.ts'

/**
 * When somebody's name changed, or whose name stands where. No two such times are the same, so that the latest tells
 * whether any name has changed (see `PollQueries`).
 */
export const renamedNow = (now: Date) =>
  Prisma.sql`GREATEST(${now}, (SELECT max(renamed_at) FROM people) + interval '1 millisecond')`
