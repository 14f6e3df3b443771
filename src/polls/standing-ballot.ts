import type { Ballot, Choices, Poll } from './types.ts'

/**
 * Of two ballots in the same poll that turn out to be one person's, the one that stands: the newer. As they have signed
 * in, it counts even if it was set aside; only in a closed poll is what counts left as it is.
 */
export function standing({ status }: Poll, one: Ballot | undefined, other: Ballot | undefined): Ballot | undefined {
  if (status === 'closed' && one && other && one.counted !== other.counted) return one.counted ? one : other
  const left = newer(one, other)
  return status === 'open' && left?.counted === false ? { ...left, counted: true } : left
}

function newer(one: Ballot | undefined, other: Ballot | undefined): Ballot | undefined {
  if (!one || !other) return one ?? other
  return one.revision > other.revision ? one : other
}

/** What somebody's ballot adds to the count; empty when it is set aside, or there is none. */
export function countedChoices(ballot: Ballot | undefined): Choices {
  return ballot?.counted ? ballot.choices : []
}
