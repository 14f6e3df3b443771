import { certainLosers, orderMatters } from './certain-losers.ts'
import { isIn, isWithin, type OptionSet, type RunoffTally, setOf } from './runoff-tally.ts'
import { firstDifference, leaving, type Ranks, ranksAfter, ranksBefore, withEqualVotes } from './runoff-ties.ts'

/**
 * How much a search may do: the states that it follows, and the steps that it takes for them. A step reads a place of a
 * ballot, or compares an option of two states. These are no times, so the same ballots always give the same result.
 */
export type Bounds = { states: number; steps: number }

/**
 * The options that win in some count, where ties for the last place make several counts possible. Undefined when there
 * are too many counts to follow them all: those that were found do win, but others may win as well.
 */
export function coWinners(tally: RunoffTally, bounds: Bounds): OptionSet | undefined {
  const search = new Search(tally, bounds)
  search.follow(ranksBefore(tally))
  return search.isComplete ? search.found : undefined
}

/**
 * What is known of a set of options that are left: for each state in which it was followed, the ranks of the options
 * whose ranks made a difference. `losers` can leave together with any ranks.
 */
type Known = { states: Ranks[]; losers?: readonly number[] }

/**
 * Follows every count, and each state of one only once. What comes after a round depends on two things: the options
 * that are left, which give the votes of all later rounds, and how they compare in the rounds so far, as that narrows
 * later ties. Two ways to the same options may have come through different rounds, so a set of options alone does not
 * say what follows. But few later ties are narrowed. So the search notes which options it compared, and follows the
 * same set again only where these compare differently.
 */
class Search {
  found: OptionSet = 0n
  readonly #tally: RunoffTally
  readonly #known = new Map<OptionSet, Known>()
  #statesLeft: number
  #stepsLeft: number

  constructor(tally: RunoffTally, { states, steps }: Bounds) {
    this.#tally = tally
    this.#statesLeft = states
    this.#stepsLeft = steps + tally.placesRead
  }

  get isComplete(): boolean {
    return this.#statesLeft >= 0 && this.#stepsLeft >= this.#tally.placesRead
  }

  /**
   * @param before the ranks after the round before
   * @returns the options whose ranks before this round made a difference to what was found
   */
  follow(before: Ranks): readonly number[] {
    const tally = this.#tally
    const winner = tally.majority()
    if (winner !== undefined) this.found |= setOf([winner])
    if (winner !== undefined || isWithin(tally.left, this.found)) return []
    const ranks = ranksAfter(tally, before)
    const known = this.#knownOfLeft()
    const compared = this.#find(ranks, known)?.order ?? this.#followEach(ranks, known)
    return withEqualVotes(tally, compared)
  }

  #knownOfLeft(): Known {
    const known = this.#known.get(this.#tally.left) ?? { states: [] }
    this.#known.set(this.#tally.left, known)
    return known
  }

  #find(ranks: Ranks, { states }: Known): Ranks | undefined {
    return states.find((state) => {
      const steps = firstDifference(state, ranks)
      this.#stepsLeft -= steps
      return steps > state.order.length
    })
  }

  #followEach(ranks: Ranks, known: Known): readonly number[] {
    const tally = this.#tally
    this.#statesLeft -= 1
    const leave = leaving(tally, ranks)
    const losers = leave.tied.length > 0 ? this.#losers(known) : []
    const { together, tied, narrowedAmong } =
      losers.length > 0 ? { together: losers, tied: [], narrowedAmong: [] } : leave
    let compared = setOf(narrowedAmong)
    for (const out of together.length > 0 ? [together] : tied.map((option) => [option]))
      if (this.isComplete) compared |= setOf(tally.without(out, () => this.follow(ranks)))
    const order = ranks.order.filter((option) => isIn(compared, option))
    known.states.push({ order, of: ranks.of })
    return order
  }

  /** The certain losers, if the order in which they leave makes no difference to others. */
  #losers(known: Known): readonly number[] {
    if (known.losers === undefined) {
      const losers = certainLosers(this.#tally)
      known.losers = orderMatters(this.#tally, losers) ? [] : losers
    }
    return known.losers
  }
}
