import type { Prisma } from '../../database/generated/client.ts'
import type { RankingCounts } from '../model/poll.ts'

type Row = { pollId: string; rankings: string }

/**
 * The ballots of these polls that count, alike ones together; by poll id. Those of anonymous polls count once they are
 * published. They come as one text a poll: a row for each ballot would take several times as long.
 */
export async function loadRankingCounts(
  prisma: Pick<Prisma.TransactionClient, '$queryRaw'>,
  pollIds: readonly string[],
): Promise<Map<string, RankingCounts>> {
  if (pollIds.length === 0) return new Map()
  const rows = await prisma.$queryRaw<Row[]>`
    SELECT poll_id AS "pollId", string_agg(array_to_string(choices, ' '), ',') AS rankings FROM (
      SELECT poll_id, choices FROM ballots WHERE poll_id = ANY(${pollIds}) AND counted AND choices <> '{}'
      UNION ALL SELECT poll_id, choices FROM published_ballots WHERE poll_id = ANY(${pollIds})
    ) AS cast_ballots GROUP BY poll_id`
  const profiles = new Map(pollIds.map((id): [string, RankingCounts] => [id, new Map()]))
  for (const { pollId, rankings } of rows) gather(rankings.split(','), profiles.get(pollId))
  return profiles
}

function gather(rankings: readonly string[], profile: RankingCounts = new Map()): void {
  for (const ranking of rankings) profile.set(ranking, (profile.get(ranking) ?? 0) + 1)
}
