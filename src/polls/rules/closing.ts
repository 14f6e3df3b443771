import { finalOutcome, hasQuorum, outcomeCounted } from '../counting/methods.ts'
import type { Early, EventFacts } from '../model/events.ts'
import { limits } from '../model/limits.ts'
import type { AnonymousCount, Poll, PollState } from '../model/poll.ts'

type Closed = Extract<EventFacts, { type: 'closed' }>

/** The event that closes a poll, with its outcome. The counts of an anonymous poll are published only now. */
export function closing(state: PollState): Closed {
  const { poll, anonymousBallots, anonymousCount } = state
  if (!poll.anonymous) return { type: 'closed', outcome: finalOutcome(state) }
  if (!anonymousCount || anonymousBallots?.size !== poll.totalVotes)
    throw new RangeError(`All ballots of poll ${poll.id} must be loaded to count them.`)
  return areEnough(poll) ? opened(state, anonymousCount) : { type: 'closed', outcome: outcomeCounted(poll, undefined) }
}

/** Whether the poll is anonymous and its ballots have been counted and published. */
export function areBallotsOpened(poll: Poll): boolean {
  return poll.anonymous && poll.status === 'closed' && areEnough(poll)
}

function areEnough(poll: Poll): boolean {
  return poll.totalVotes >= minToPublish(poll)
}

/**
 * How many people must vote for anonymous ballots to be published. With fewer, people could infer each other's
 * votes. A quorum of an anonymous poll is never lower than this minimum (`rule-conflicts.ts`).
 */
export function minToPublish({ quorum }: Poll): number {
  return quorum ?? limits.anonymousVoters.min
}

function opened({ poll, countedBefore }: PollState, { votes, maybes, rankingCounts }: AnonymousCount): Closed {
  const tally = poll.options.map(({ id }) => ({ id, votes: votes.get(id) ?? 0, maybes: maybes.get(id) ?? 0 }))
  const options = poll.options.map((option, place) => ({ ...option, ...tally[place] }))
  const outcome = finalOutcome({ poll: { ...poll, options }, ballots: new Map(), rankingCounts, countedBefore })
  return { type: 'closed', outcome, tally }
}

/** The event that closes a poll early, when no further vote can matter; else undefined. */
export function closingEarly(state: PollState): EventFacts | undefined {
  const early = reason(state.poll)
  return early && { ...closing(state), early }
}

/** Whether all expected voters may have voted after `more` votes: then all ballots must be loaded. `closingEarly` decides. */
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
 * Whether the leading option wins even if all expected voters who have not voted choose another one, or one that is yet
 * to be added. Never true if votes can be changed or are anonymous.
 */
function isDecided(poll: Poll, votesLeft: number): boolean {
  const { method, votesFinal, anonymous, options } = poll
  if (method !== 'single_choice' || !votesFinal || anonymous || !hasQuorum(poll)) return false
  const [first = 0, second = 0] = options.map(({ votes }) => votes).toSorted((one, other) => other - one)
  return first > second + votesLeft
}

/** Continues "closed the poll". */
export function closingReason({ onTime, early }: Extract<EventFacts, { type: 'closed' }>): string {
  if (onTime) return ' on time'
  if (early === 'decided') return ' as the others could not change the result'
  return early === 'all_voted' ? ' as all had voted' : ''
}
