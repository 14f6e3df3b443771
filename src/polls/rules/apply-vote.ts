import { maybesOn, votesOn } from '../counting/methods.ts'
import { optionIdsOf } from '../model/choices/choices.ts'
import type { Ballot, Choices, Poll, PollState, RankingCounts } from '../model/poll.ts'

/** Applies a ballot's change to the counts, in place. Empty choices mean no ballot. */
export function count({ poll, rankingCounts }: PollState, from: Choices, to: Choices): void {
  const [before, after] = [votesOn(poll, from), votesOn(poll, to)]
  const [maybesBefore, maybesAfter] = [maybesOn(poll, from), maybesOn(poll, to)]
  for (const option of poll.options) {
    option.votes += (after.get(option.id) ?? 0) - (before.get(option.id) ?? 0)
    option.maybes += (maybesAfter.get(option.id) ?? 0) - (maybesBefore.get(option.id) ?? 0)
  }
  poll.totalVotes += Math.sign(to.length) - Math.sign(from.length)
  if (!rankingCounts) return
  addRanking(rankingCounts, from, -1)
  addRanking(rankingCounts, to, 1)
}

/** Adds a ballot with this ranking, or removes it, in place. */
export function addRanking(rankingCounts: RankingCounts, choices: Choices, change: 1 | -1): void {
  if (choices.length === 0) return
  const ranking = optionIdsOf(choices).join(' ')
  const left = (rankingCounts.get(ranking) ?? 0) + change
  if (left === 0) rankingCounts.delete(ranking)
  else rankingCounts.set(ranking, left)
}

/**
 * The ballot that stays when a guest with a ballot becomes a person with a ballot: the newer one. It counts, even if it was
 * set aside, if the person `isSignedIn`; unless the creator set it aside. In a closed poll, the ballot that counted stays.
 */
export function survivingBallot(
  { status }: Poll,
  [one, other]: readonly [Ballot | undefined, Ballot | undefined],
  isSignedIn: boolean,
): Ballot | undefined {
  if (status === 'closed' && one && other && one.counted !== other.counted) return one.counted ? one : other
  const left = newer(one, other)
  return status === 'open' && isSignedIn && waitsForSignIn(left) ? { ...left, counted: true } : left
}

/** Whether a ballot counts as soon as its guest has signed in. */
export function waitsForSignIn(ballot: Ballot | undefined): ballot is Ballot {
  return ballot?.counted === false && ballot.setAsideReason === undefined && ballot.choices.length > 0
}

function newer(one: Ballot | undefined, other: Ballot | undefined): Ballot | undefined {
  if (!one || !other) return one ?? other
  if (isEmptied(one) !== isEmptied(other)) return isEmptied(one) ? other : one
  return one.revision > other.revision ? one : other
}

/** Whether its only option was removed. In an anonymous poll no ballot shows its choices. */
function isEmptied({ choices, counted }: Ballot): boolean {
  return choices.length === 0 && !counted
}

/**
 * Whether anybody has voted, as far as ballots are loaded. A vote that was set aside may count again, and who lost the only
 * option may choose another.
 */
export function areBallots({ poll, ballots }: PollState): boolean {
  return poll.totalVotes > 0 || ballots.size > 0
}

/** The choices on a ballot that counts; empty if it is set aside or missing. */
export function countedChoices(ballot: Ballot | undefined): Choices {
  return ballot?.counted ? ballot.choices : []
}
