import type { Bounds } from './co-winners.ts'
import { defaultBounds, instantRunoff } from './instant-runoff.ts'
import { ballotsOf, type RankedBallots, type Rankings, sizeOf } from './ranked-ballots.ts'
import { condorcetWinner, pairwise, schulzeWinners } from './schulze.ts'

/**
 * `votes` by option id of those still in it; `exhausted` ballots name none of these; `eliminated` leave after this
 * round. `tied` are the options of which each could leave, if several could.
 */
export type Round = { votes: Record<string, number>; exhausted: number; eliminated: string[]; tied: string[] }

export type RankedCount = {
  /**
   * Instant-runoff: the rounds of one count, and the options that win in some count: several when they are tied. None
   * without ballots, and when there are `tooManyTies` to follow every count.
   */
  instantRunoff: { rounds: Round[]; winners: string[]; tooManyTies: boolean }
  /** The option that beats every other one in pairs; null if none does. */
  condorcetWinner: string | null
  /** By Schulze's method, of which the Condorcet winner is the only one if there is one; empty without ballots. */
  schulzeWinners: string[]
}

/**
 * Options that a ballot leaves out rank below all that it names, equal to each other. Ids that are not in `optionIds` are
 * ignored: such an option was added later.
 */
export function countRankings(
  optionIds: readonly string[],
  rankings: Rankings,
  bounds: Bounds = defaultBounds,
): RankedCount {
  return countBallots(optionIds, ballotsOf(optionIds, rankings), bounds)
}

export function countBallots(
  optionIds: readonly string[],
  ballots: RankedBallots,
  bounds: Bounds = defaultBounds,
): RankedCount {
  const idOf = (place: number) => optionIds[place] ?? ''
  const { rounds, winners } = instantRunoff(ballots, bounds)
  const preferences = pairwise(ballots)
  const winner = condorcetWinner(preferences)
  return {
    instantRunoff: {
      rounds: rounds.map(({ votes, exhausted, eliminated, tied }) => ({
        votes: Object.fromEntries([...votes].map(([place, count]) => [idOf(place), count])),
        exhausted,
        eliminated: eliminated.map(idOf),
        tied: tied.map(idOf),
      })),
      winners: (winners ?? []).map(idOf),
      tooManyTies: winners === undefined,
    },
    condorcetWinner: winner === undefined ? null : idOf(winner),
    schulzeWinners: sizeOf(ballots) === 0 ? [] : schulzeWinners(preferences).map(idOf),
  }
}
