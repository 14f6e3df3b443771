import type { EventFacts } from './events.ts'
import { limits } from './limits.ts'
import { finalOutcome, outcomeCounted } from './methods/counting-method.ts'
import { count } from './tallies.ts'
import type { Poll, PollState, SecretBallots } from './types.ts'

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
