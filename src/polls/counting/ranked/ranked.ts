import { optionIdsOf } from '../../model/choices/choices.ts'
import type { Outcome, Poll, RankingCounts } from '../../model/poll.ts'
import type { CountingMethod } from '../counting-method.ts'
import { oneEach } from '../most-votes.ts'
import { countRankings, type RankedCount } from './ranked-count.ts'

const nobodyVoted: Outcome = { kind: 'no_votes', options: [], votes: 0 }

/** Voters rank as many options as they like, the best first. */
export const ranked: CountingMethod = {
  problemWithChoices: (choices) => {
    if (choices.length === 0) return 'Rank at least one option, or withdraw your vote.'
    return new Set(optionIdsOf(choices)).size < choices.length ? 'Rank each option only once.' : null
  },
  votes: (choices) => oneEach(choices.slice(0, 1)),
  outcome: ({ outcome, totalVotes }) => outcome ?? (totalVotes === 0 ? nobodyVoted : undefined),
}

export function countRankingCounts({ options }: Pick<Poll, 'options'>, rankingCounts: RankingCounts): RankedCount {
  const ids = options.map(({ id }) => id)
  const rankings = [...rankingCounts].map(([ranking, ballots]) => ({ ranking: ranking.split(' '), ballots }))
  return countRankings(ids, rankings)
}

/** Instant-runoff decides. */
export function outcomeOfCount({ instantRunoff: { rounds, winners, tooManyTies } }: RankedCount): Outcome {
  if (tooManyTies) return { kind: 'undecided', options: [], votes: 0 }
  if (winners.length === 0) return nobodyVoted
  const votes = Math.max(...Object.values(rounds.at(-1)?.votes ?? {}))
  return { kind: winners.length === 1 ? 'winner' : 'tie', options: winners, votes }
}
