import { type RankedBallots, sizeOf, startOf } from './ranked-ballots.ts'

/** The option that beats every other one to one, as Condorcet asks of a winner (1785); undefined when none does. */
export function condorcetWinner({ options, prefer }: Preferences): number | undefined {
  return places(options).find((one) =>
    places(options).every(
      (other) => one === other || at(prefer, options, one, other) > at(prefer, options, other, one),
    ),
  )
}

/**
 * Those that no other option beats by a stronger path of victories, where a victory is as strong as it has votes and a
 * path as strong as its weakest victory. Markus Schulze, "A new monotonic, clone-independent, reversal symmetric, and
 * Condorcet-consistent single-winner election method", Social Choice and Welfare 36 (2011), 267-303.
 */
export function schulzeWinners(preferences: Preferences): number[] {
  const { options } = preferences
  const strength = strongestPaths(preferences)
  return places(options).filter((one) =>
    places(options).every((other) => at(strength, options, one, other) >= at(strength, options, other, one)),
  )
}

/** By the algorithm of Floyd and Warshall. */
function strongestPaths({ options, prefer }: Preferences): Float64Array {
  const strength = Float64Array.from(prefer, (votes, index) => {
    const [one, other] = [Math.floor(index / options), index % options]
    return votes > at(prefer, options, other, one) ? votes : 0
  })
  for (const via of places(options))
    for (const from of places(options))
      for (const to of places(options)) {
        if (from === to || via === from || via === to) continue
        const around = Math.min(at(strength, options, from, via), at(strength, options, via, to))
        if (around > at(strength, options, from, to)) strength[from * options + to] = around
      }
  return strength
}

function at(matrix: Float64Array, options: number, row: number, column: number): number {
  return matrix[row * options + column] as number
}

function places(count: number): number[] {
  return [...Array(count).keys()]
}

/** How many ballots prefer option i to option j, at `i * options + j`. */
export type Preferences = { options: number; prefer: Float64Array }

/** A ballot prefers what it names first to all that comes later, and all that it names to all that it does not. */
export function pairwise(ballots: RankedBallots): Preferences {
  const { options, codes, ends, weights } = ballots
  const prefer = new Float64Array(options * options)
  const left = new Uint8Array(options)
  for (let ballot = 0; ballot < sizeOf(ballots); ballot++) {
    const [start, end, weight] = [startOf(ballots, ballot), ends[ballot] as number, weights[ballot] as number]
    left.fill(1)
    for (let place = start; place < end; place++) left[codes[place] as number] = 0
    for (let place = start; place < end; place++) {
      const row = (codes[place] as number) * options
      for (let worse = place + 1; worse < end; worse++) {
        const index = row + (codes[worse] as number)
        prefer[index] = (prefer[index] as number) + weight
      }
      if (end - start === options) continue
      for (let worse = 0; worse < options; worse++)
        if (left[worse]) prefer[row + worse] = (prefer[row + worse] as number) + weight
    }
  }
  return { options, prefer }
}
