import { finalOutcome, hasQuorum, outcomeCounted } from '../counting/methods.ts'
import type { Early, EventFacts } from '../model/events.ts'
import { limits } from '../model/limits.ts'
import type { Poll, PollState, SecretBallots } from '../model/poll.ts'
import { count } from './apply-vote.ts'

type Closed = Extract<EventFacts, { type: 'closed' }>

/**
 * The event by which an open poll is closed, with what its count says. Only now are the ballots of an anonymous one
 * opened.
 */
export function closing(state: PollState): Closed {
  const { poll, secretBallots } = state
  if (!poll.anonymous) return { type: 'closed', outcome: finalOutcome(state) }
  if (secretBallots?.size !== poll.totalVotes)
    throw new RangeError(`All ballots of poll ${poll.id} have to be known to open them.`)
  return areEnough(poll) ? opened(poll, secretBallots) : { type: 'closed', outcome: outcomeCounted(poll, undefined) }
}

/** Whether votes were secret, and the ballots have been opened, and published. */
export function areBallotsOpened(poll: Poll): boolean {
  return poll.anonymous && poll.status === 'closed' && areEnough(poll)
}

/** Among fewer, everybody knew what each other voted. */
function areEnough({ totalVotes, quorum }: Poll): boolean {
  return totalVotes >= (quorum ?? limits.anonymousVoters.min)
}

/** Counted as if all of them were cast openly now. */
function opened(poll: Poll, ballots: SecretBallots): Closed {
  const options = poll.options.map((option) => ({ ...option, votes: 0, maybes: 0 }))
  const profile = poll.method === 'ranked' ? new Map() : undefined
  const counted: PollState = { poll: { ...poll, options, totalVotes: 0 }, ballots: new Map(), profile }
  for (const { choices } of ballots.values()) count(counted, [], choices)
  const tally = options.map(({ id, votes, maybes }) => ({ id, votes, maybes }))
  return { type: 'closed', outcome: finalOutcome(counted), tally }
}

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
  const { method, votesFinal, anonymous, options } = poll
  if (method !== 'single_choice' || !votesFinal || anonymous || !hasQuorum(poll)) return false
  const [first = 0, second = 0] = options.map(({ votes }) => votes).toSorted((one, other) => other - one)
  return first > second + toCome
}

/** Reads on from "closed the poll". */
export function closingReason({ onTime, early }: Extract<EventFacts, { type: 'closed' }>): string {
  if (onTime) return ' on time'
  if (early === 'decided') return ' as the others could not change the result'
  return early === 'all_voted' ? ' as all had voted' : ''
}
