import type { RunoffTally } from './runoff-tally.ts'

/**
 * Options of which each has fewer votes than each of the others, and keeps fewer as long as these are all left. So they
 * leave before any of the others, in any order. The smallest such set, and empty if it would be all options.
 */
export function certainLosers(tally: RunoffTally): readonly number[] {
  let most = Math.min(...tally.options.map((option) => tally.votes(option)))
  let losers: readonly number[] = []
  for (;;) {
    const grown = tally.options.filter((option) => tally.votes(option) <= most)
    if (grown.length === losers.length) return losers
    if (grown.length === tally.options.length) return []
    losers = grown
    most = tally.maxAmong(losers)
  }
}

/**
 * Whether the others may compare differently after these certain losers have left in another order. An option that
 * gains no votes compares with another that gains none as before, and with one that catches up as the better one. So
 * the order can only matter between two that both gain votes and have equally many then.
 */
export function orderMatters(tally: RunoffTally, losers: readonly number[]): boolean {
  const before = tally.options.map((option) => [option, tally.votes(option)] as const)
  return tally.without(losers, () => {
    const gained = before.filter(([option, votes]) => !losers.includes(option) && tally.votes(option) > votes)
    return new Set(gained.map(([option]) => tally.votes(option))).size < gained.length
  })
}
