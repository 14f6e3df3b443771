import { maybesOn, votesOn } from '../counting/methods.ts'
import type { Ballot, Choices, Poll, PollState, RankingCounts } from '../model/poll.ts'

/** What a ballot's change does to the counts, in place. An empty list of choices stands for no ballot. */
export function count({ poll, profile }: PollState, from: Choices, to: Choices): void {
  const [before, after] = [votesOn(poll, from), votesOn(poll, to)]
  const [maybesBefore, maybesAfter] = [maybesOn(poll, from), maybesOn(poll, to)]
  for (const option of poll.options) {
    option.votes += (after.get(option.id) ?? 0) - (before.get(option.id) ?? 0)
    option.maybes += (maybesAfter.get(option.id) ?? 0) - (maybesBefore.get(option.id) ?? 0)
  }
  poll.totalVotes += Math.sign(to.length) - Math.sign(from.length)
  if (!profile) return
  note(profile, from, -1)
  note(profile, to, 1)
}

function note(profile: RankingCounts, choices: Choices, ballots: 1 | -1): void {
  if (choices.length === 0) return
  const ranking = choices.join(' ')
  const left = (profile.get(ranking) ?? 0) + ballots
  if (left > 0) profile.set(ranking, left)
  else profile.delete(ranking)
}

/**
 * Of two ballots in the same poll that turn out to be one person's, the one that stands: the newer. As they have signed
 * in, it counts even if it was set aside; only in a closed poll is what counts left as it is.
 */
export function survivingBallot(
  { status }: Poll,
  one: Ballot | undefined,
  other: Ballot | undefined,
): Ballot | undefined {
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
