import { type Bounds, coWinners } from './co-winners.ts'
import type { RankedBallots } from './ranked-ballots.ts'
import { isIn, type OptionSet, RunoffTally, setOf } from './runoff-tally.ts'
import { leaving, type Ranks, ranksAfter, ranksBefore } from './runoff-ties.ts'

/** Of one count; options are their places in the poll. */
type RunoffRound = {
  votes: Map<number, number>
  exhausted: number
  eliminated: readonly number[]
  /** The options of which each leaves after this round in some count, where several do. */
  tied: readonly number[]
}

/**
 * These bounds limit the search to 50 to 100 ms of processor time, or 200 ms on a busy machine. That is often too little
 * for 25 or more options with as few voters as options: see docs/methods.md.
 */
export const defaultBounds: Bounds = { states: 8_000, steps: 1_000_000 }

/**
 * Instant-runoff, also known as the alternative vote: in each round a ballot counts for the first of its options that
 * are left, and the option with the fewest votes leaves, until one has more than half of the ballots that still count.
 * Nicolaus Tideman, "Collective Decisions and Voting" (2006), calls it the alternative vote.
 *
 * Where several options can leave, each order is a count. `winners` are all options that win in some count: "parallel
 * universes" in Vincent Conitzer, Matthew Rognlie and Lirong Xia, "Preference Functions that Score Rankings and Maximum
 * Likelihood Estimation", IJCAI 2009. Undefined when there are too many counts to follow. `rounds` are those of one
 * count: of the options that can leave, the one that stands last in the poll does.
 */
export function instantRunoff(ballots: RankedBallots, bounds: Bounds) {
  const tally = new RunoffTally(ballots)
  const rounds = countOnce(tally, ranksBefore(tally))
  if (tally.counting === 0) return { rounds, winners: [] }
  const isUnique = rounds.every(({ tied }) => tied.length === 0)
  const winners = isUnique ? setOf(mostVotes(rounds.at(-1) as RunoffRound)) : coWinners(tally, bounds)
  if (winners === undefined) return { rounds, winners }
  return { rounds: upToTie(rounds, winners), winners: tally.options.filter((option) => isIn(winners, option)) }
}

function countOnce(tally: RunoffTally, before: Ranks): RunoffRound[] {
  const votes = new Map(tally.options.map((option) => [option, tally.votes(option)]))
  const round = { votes, exhausted: tally.exhausted, eliminated: [], tied: [] }
  if (tally.counting === 0 || tally.majority() !== undefined) return [round]
  const ranks = ranksAfter(tally, before)
  const { together, tied } = leaving(tally, ranks)
  const eliminated = together.length > 0 ? together : tied.slice(-1)
  return [{ ...round, eliminated, tied }, ...tally.without(eliminated, () => countOnce(tally, ranks))]
}

/** Once all that are left have equally many votes, and all of them win, the count is over. */
function upToTie(rounds: readonly RunoffRound[], winners: OptionSet): RunoffRound[] {
  const end = rounds.findIndex(({ votes }) => {
    const isLevel = new Set(votes.values()).size === 1
    return isLevel && [...votes.keys()].every((option) => isIn(winners, option))
  })
  const last = rounds[end]
  return last ? [...rounds.slice(0, end), { ...last, eliminated: [] }] : [...rounds]
}

function mostVotes({ votes }: RunoffRound): number[] {
  const most = Math.max(...votes.values())
  return [...votes.keys()].filter((option) => votes.get(option) === most)
}
