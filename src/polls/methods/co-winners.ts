import { type Bounds, Budget } from './budget.ts'
import { PossibleWinners } from './possible-winners.ts'
import { isWithin, type OptionSet, type RunoffTally, setOf } from './runoff-tally.ts'
import { leaving, type Ranks, ranksAfter, ranksBefore } from './runoff-ties.ts'

/**
 * The options that win in some count, where ties for the last place make several counts possible. Undefined when there
 * are too many counts to follow them all: those that were found do win, but others may win as well.
 */
export function coWinners(tally: RunoffTally, bounds: Bounds): OptionSet | undefined {
  const possible = new PossibleWinners(tally, new Budget(bounds))
  const search = new Search(tally, possible, new Budget(bounds))
  search.follow(ranksBefore(tally))
  return search.isComplete ? search.found : undefined
}

/**
 * Follows every count, and each state of one only once. What comes after a round depends on two things: the options
 * that are left, which give the votes of all later rounds, and how they compare in the rounds so far, as that narrows
 * later ties. Two ways to the same options may have come through different rounds, so a set of options alone does not
 * say what follows. The ranks say both: which options are left, and how they compare.
 */
class Search {
  found: OptionSet = 0n
  isComplete = true
  readonly #tally: RunoffTally
  readonly #possible: PossibleWinners
  readonly #budget: Budget
  readonly #seen = new Set<string>()

  constructor(tally: RunoffTally, possible: PossibleWinners, budget: Budget) {
    this.#tally = tally
    this.#possible = possible
    this.#budget = budget
  }

  /** @param before the ranks after the round before */
  follow(before: Ranks): void {
    const tally = this.#tally
    const winner = tally.majority()
    if (winner !== undefined) {
      this.found |= setOf([winner])
      return
    }
    const ranks = ranksAfter(tally, before)
    if (!this.#mayFindMore(ranks)) return
    const { together, tied } = leaving(tally, ranks)
    const tried = together.length > 0 ? [together] : tied.map((option) => [option])
    this.isComplete &&= this.#budget.take(tally.ballotsToRead(tried.flat()))
    for (const out of tried) if (this.isComplete) tally.without(out, () => this.follow(ranks))
  }

  /** Not from where it was before, and not where only options can win that are found already. */
  #mayFindMore(ranks: Ranks): boolean {
    const state = Buffer.from(ranks.buffer).toString('latin1')
    if (this.#seen.has(state) || isWithin(this.#possible.find(), this.found)) return false
    this.#seen.add(state)
    return true
  }
}
