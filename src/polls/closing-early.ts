import { closing } from './closing.ts'
import type { Early, EventFacts } from './events.ts'
import type { Poll, PollState } from './types.ts'

/** The event by which an open poll closes by itself when no vote that is still to come matters, if it is so. */
export function closingEarly(state: PollState): EventFacts | undefined {
  const early = reason(state.poll)
  return early && { ...closing(state), early }
}

/** Whether it may come to that once so many more have voted. */
export function mayCloseEarly({ electorate, totalVotes }: Poll, more: number): boolean {
  return electorate !== null && totalVotes + more >= electorate
}

function reason(poll: Poll): Early | undefined {
  const { status, deletedAt, electorate, totalVotes } = poll
  if (status === 'closed' || deletedAt || electorate === null) return undefined
  if (totalVotes >= electorate) return 'all_voted'
  return isDecided(poll, electorate - totalVotes) ? 'decided' : undefined
}

/**
 * Whether the first option stays first even if all who are still to vote choose another one, which may be one that is
 * added yet. As long as votes can be changed, or are secret, nothing is decided.
 */
function isDecided(poll: Poll, toCome: number): boolean {
  const { method, votesFinal, anonymous, quorum, totalVotes, options } = poll
  if (method !== 'single_choice' || !votesFinal || anonymous || totalVotes < (quorum ?? 0)) return false
  const [first = 0, second = 0] = options.map(({ votes }) => votes).toSorted((one, other) => other - one)
  return first > second + toCome
}
