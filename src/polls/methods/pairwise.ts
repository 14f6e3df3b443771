import type { Ballots } from './ranked-count.ts'

/** How many ballots prefer option i to option j, at `i * options + j`. */
export type Preferences = { options: number; prefer: Float64Array }

/** A ballot prefers what it names first to all that comes later, and all that it names to all that it does not. */
export function pairwise({ options, ranks, weights }: Ballots): Preferences {
  const prefer = new Float64Array(options * options)
  const named = new Uint8Array(options)
  for (const [ballot, ranking] of ranks.entries()) {
    const weight = weights[ballot] as number
    named.fill(0)
    for (const better of ranking) {
      named[better] = 1
      const row = better * options
      for (let worse = 0; worse < options; worse++)
        if (!named[worse]) prefer[row + worse] = (prefer[row + worse] as number) + weight
    }
  }
  return { options, prefer }
}
