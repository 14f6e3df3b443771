import type { Prisma } from '../../database/generated/client.ts'
import type { RankingCounts } from '../model/poll.ts'

type RankingsRow = { pollId: string; rankings: string }

/**
 * By poll id: how many counted ballots have each ranking. Ballots of anonymous polls count once they are published. The
 * statement returns one text for each poll: a row for each ballot takes several times as long.
 */
export async function loadRankingCounts(
  prisma: Pick<Prisma.TransactionClient, '$queryRaw'>,
  pollIds: readonly string[],
): Promise<Map<string, RankingCounts>> {
  if (pollIds.length === 0) return new Map()
  const rows = await prisma.$queryRaw<RankingsRow[]>`
    SELECT poll_id AS "pollId", string_agg(array_to_string(choices, ' '), ',') AS rankings FROM (
      SELECT poll_id, choices FROM ballots WHERE poll_id = ANY(${pollIds}) AND counted AND choices <> '{}'
      UNION ALL SELECT poll_id, choices FROM published_ballots WHERE poll_id = ANY(${pollIds})
    ) AS cast_ballots GROUP BY poll_id`
  const rankingCounts = new Map(pollIds.map((id): [string, RankingCounts] => [id, new Map()]))
  for (const { pollId, rankings } of rows) addTo(rankings.split(','), rankingCounts.get(pollId))
  return rankingCounts
}

function addTo(rankings: readonly string[], rankingCounts: RankingCounts = new Map()): void {
  for (const ranking of rankings) rankingCounts.set(ranking, (rankingCounts.get(ranking) ?? 0) + 1)
}
