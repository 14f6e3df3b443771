import type { EventFacts, Tally } from './events.ts'
import { limits } from './limits.ts'
import { finalOutcome, maybesOn, outcomeCounted, votesOn } from './methods/counting-method.ts'
import { countProfile } from './methods/ranked.ts'
import type { Poll, PollState, Profile, SecretBallots } from './types.ts'

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

/** Whether the ballots of this anonymous poll have been opened, and published. */
export function areBallotsOpened(poll: Pick<Poll, 'status' | 'totalVotes' | 'quorum'>): boolean {
  return poll.status === 'closed' && areEnough(poll)
}

/** Among fewer, everybody knew what each other voted. */
function areEnough({ totalVotes, quorum }: Pick<Poll, 'totalVotes' | 'quorum'>): boolean {
  return totalVotes >= (quorum ?? limits.anonymousVoters.min)
}

function opened(poll: Poll, ballots: SecretBallots): Closed {
  const tally = tallyOf(poll, ballots)
  const counted = { ...poll, options: poll.options.map((option, index) => ({ ...option, ...tally[index] })) }
  const count = poll.method === 'ranked' ? countProfile(counted, profileOf(ballots)) : undefined
  return { type: 'closed', outcome: outcomeCounted(counted, count), tally }
}

function tallyOf(poll: Poll, ballots: SecretBallots): Tally {
  const tally = new Map(poll.options.map(({ id }) => [id, { id, votes: 0, maybes: 0 }]))
  for (const { choices } of ballots.values()) {
    for (const [id, votes] of votesOn(poll, choices)) add(tally.get(id), { votes, maybes: 0 })
    for (const [id, maybes] of maybesOn(poll, choices)) add(tally.get(id), { votes: 0, maybes })
  }
  return [...tally.values()]
}

type Counts = { votes: number; maybes: number }

function add(to: Counts | undefined, { votes, maybes }: Counts): void {
  if (!to) return
  to.votes += votes
  to.maybes += maybes
}

function profileOf(ballots: SecretBallots): Profile {
  const alike = Map.groupBy(ballots.values(), ({ choices }) => choices.join(' '))
  return new Map([...alike].map(([ranking, same]) => [ranking, same.length]))
}
