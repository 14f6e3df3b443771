import type { Ballot } from './types.ts'

/** Of two ballots in the same poll that turn out to be one person's, the one that stands. */
export function newer(one: Ballot | undefined, other: Ballot | undefined): Ballot | undefined {
  if (!one || !other) return one ?? other
  return one.revision > other.revision ? one : other
}
