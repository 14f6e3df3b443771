import type { Budget } from './budget.ts'
import { type OptionSet, type RunoffTally, setOf } from './runoff-tally.ts'

/**
 * The options that win in some count if earlier rounds do not narrow ties for the last place. All that win when ties
 * are narrowed are among them. Here only the options that are left matter, so each set of them is followed once.
 */
export class PossibleWinners {
  readonly #tally: RunoffTally
  readonly #budget: Budget
  readonly #known = new Map<OptionSet, OptionSet>()

  constructor(tally: RunoffTally, budget: Budget) {
    this.#tally = tally
    this.#budget = budget
  }

  /** Counted from the options that are left. With the budget used up it is all of them, which is too many, never too few. */
  find(): OptionSet {
    const tally = this.#tally
    const winner = tally.majority()
    if (winner !== undefined) return setOf([winner])
    const known = this.#known.get(tally.left)
    if (known !== undefined) return known
    const losers = certainLosers(tally)
    const tried = losers.length > 0 ? [losers] : withFewest(tally).map((option) => [option])
    if (!this.#budget.take(tally.ballotsToRead(tried.flat()))) return tally.left
    let winners: OptionSet = 0n
    for (const out of tried) if (winners !== tally.left) winners |= tally.without(out, () => this.find())
    this.#known.set(tally.left, winners)
    return winners
  }
}

/**
 * Options of which each has fewer votes than each of the others, and keeps fewer as long as these are all left. So they
 * leave before any of the others, in whatever order, and then the same options are left with the same votes. Only the
 * rounds on the way differ: such losers may leave together here, and not where earlier rounds narrow ties. None where
 * there are no such options.
 */
function certainLosers(tally: RunoffTally): readonly number[] {
  const options = tally.options.toSorted((one, other) => tally.votes(one) - tally.votes(other))
  const end = options.findIndex((option, index) => {
    const isStep = index > 0 && tally.votes(options[index - 1] as number) < tally.votes(option)
    return isStep && tally.mostAmong(options.slice(0, index)) < tally.votes(option)
  })
  return options.slice(0, Math.max(0, end))
}

function withFewest(tally: RunoffTally): readonly number[] {
  const fewest = Math.min(...tally.options.map((option) => tally.votes(option)))
  return tally.options.filter((option) => tally.votes(option) === fewest)
}
