import type { RunoffTally } from './runoff-tally.ts'

/**
 * How the options that are left compare in all rounds so far, the latest first. `order` has them from the fewest votes
 * on, and `of` their ranks by the option's place in the poll: 1 for the fewest, the same for options that never differed.
 */
export type Ranks = { order: readonly number[]; of: Uint8Array }

export function ranksBefore({ options }: RunoffTally): Ranks {
  return { order: options, of: new Uint8Array(options.length).fill(1) }
}

/** @param before the ranks after the round before */
export function ranksAfter(tally: RunoffTally, before: Ranks): Ranks {
  // Sorting is stable, so options with equally many votes keep their order.
  const order = before.order.filter((option) => tally.isLeft(option))
  order.sort((one, other) => tally.votes(one) - tally.votes(other))
  const of = new Uint8Array(before.of.length)
  let [rank, last] = [0, -1]
  for (const option of order) {
    if (last < 0 || tally.votes(last) !== tally.votes(option) || before.of[last] !== before.of[option]) rank += 1
    of[option] = rank
    last = option
  }
  return { order, of }
}

/**
 * Either `together` leave, in every count, or each of `tied` leaves in some count. Which of those `narrowedAmong` these
 * are was decided by their ranks in earlier rounds.
 */
export type Leaving = { together: readonly number[]; tied: readonly number[]; narrowedAmong: readonly number[] }

/**
 * Who can leave after a round in which nobody has won:
 * - Options without a vote leave together. No other option gets a vote by that, so in any order in which they leave, the
 *   same options are left with the same votes and ranks.
 * - Where all that are left have equally many votes, they are tied for the first place as much as for the last. No
 *   earlier round breaks such a tie.
 * - Else it is the option with the fewest votes; of several, the one that had the fewest of them in the latest earlier
 *   round in which they differ.
 *
 * @param ranks those after this round
 */
export function leaving(tally: RunoffTally, ranks: Ranks): Leaving {
  const fewest = Math.min(...tally.options.map((option) => tally.votes(option)))
  const last = tally.options.filter((option) => tally.votes(option) === fewest)
  if (last.length === 1 || fewest === 0) return { together: last, tied: [], narrowedAmong: [] }
  if (last.length === tally.options.length) return { together: [], tied: last, narrowedAmong: [] }
  const tied = last.filter((option) => ranks.of[option] === 1)
  return tied.length === 1
    ? { together: tied, tied: [], narrowedAmong: last }
    : { together: [], tied, narrowedAmong: last }
}

/**
 * How many of these options, in the order of some ranks, it takes to see whether other ranks compare them in the same
 * way: more than there are if they do.
 */
export function firstDifference({ order, of }: Ranks, { of: other }: Ranks): number {
  let index = 1
  for (; index < order.length; index++) {
    const [last, next] = [order[index - 1] as number, order[index] as number]
    const isEqual = of[last] === of[next]
    if (isEqual ? other[last] !== other[next] : (other[last] as number) >= (other[next] as number)) return index
  }
  return index + 1
}

/** Those of the options that have as many votes as another of them: how these rank says more than their votes. */
export function withEqualVotes(tally: RunoffTally, options: readonly number[]): readonly number[] {
  // Sorted by votes, so those that have equally many stand together.
  return options.filter((option, index) => {
    const votes = tally.votes(option)
    return tally.votes(options[index - 1] ?? -1) === votes || tally.votes(options[index + 1] ?? -1) === votes
  })
}
