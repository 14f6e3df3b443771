import type { Prisma } from '../database/generated/client.ts'
import type { Profile } from './types.ts'

type Row = { pollId: string; ranking: string; ballots: number }

/** The ballots of these polls that count, alike ones together; by poll id. */
export async function loadProfiles(
  prisma: Pick<Prisma.TransactionClient, '$queryRaw'>,
  pollIds: readonly string[],
): Promise<Map<string, Profile>> {
  if (pollIds.length === 0) return new Map()
  const rows = await prisma.$queryRaw<Row[]>`
    SELECT poll_id AS "pollId", array_to_string(choices, ' ') AS ranking, count(*)::int AS ballots
    FROM ballots WHERE poll_id = ANY(${pollIds}) AND counted GROUP BY poll_id, choices`
  const profiles = new Map(pollIds.map((id): [string, Profile] => [id, new Map()]))
  for (const { pollId, ranking, ballots } of rows) profiles.get(pollId)?.set(ranking, ballots)
  return profiles
}
