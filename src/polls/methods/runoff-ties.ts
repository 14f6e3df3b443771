import type { RunoffTally } from './runoff-tally.ts'

/**
 * How the options that are left compare in all rounds so far, the latest first: 1 for the fewest votes, the same number
 * for options that never differed, and 0 for options that have left. By the option's place in the poll.
 */
export type Ranks = Uint8Array

export function ranksBefore({ options }: RunoffTally): Ranks {
  return new Uint8Array(options.length).fill(1)
}

/** @param before the ranks after the round before */
export function ranksAfter(tally: RunoffTally, before: Ranks): Ranks {
  const ranks = new Uint8Array(before.length)
  const difference = (one: number, other: number) =>
    tally.votes(one) - tally.votes(other) || (before[one] as number) - (before[other] as number)
  let [rank, last] = [1, -1]
  for (const option of tally.options.toSorted(difference)) {
    if (last >= 0 && difference(last, option) !== 0) rank += 1
    ranks[option] = rank
    last = option
  }
  return ranks
}

/** Either `together` leave, in every count, or each of `tied` leaves in some count. */
export type Leaving = { together: readonly number[]; tied: readonly number[] }

/**
 * Who can leave after a round in which nobody has won:
 * - Options without a vote leave together. No other option gets a vote by that, so in whatever order they leave, the
 *   same options are left with the same votes and ranks.
 * - Where all that are left have equally many votes, they are tied for the first place as much as for the last. No
 *   earlier round breaks such a tie.
 * - Else it is the option with the fewest votes; of several, the one that had the fewest of them in the latest earlier
 *   round in which they differ.
 *
 * @param ranks those after this round
 */
export function leaving(tally: RunoffTally, ranks: Ranks): Leaving {
  const withoutVotes = tally.options.filter((option) => tally.votes(option) === 0)
  if (withoutVotes.length > 0) return { together: withoutVotes, tied: [] }
  const last = areLevel(tally) ? tally.options : tally.options.filter((option) => ranks[option] === 1)
  return last.length === 1 ? { together: last, tied: [] } : { together: [], tied: last }
}

/** Whether all options that are left have equally many votes. */
function areLevel(tally: RunoffTally): boolean {
  return tally.options.every((option) => tally.votes(option) === tally.votes(tally.options[0] ?? option))
}
