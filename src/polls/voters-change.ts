import type { Refusal } from '../errors.ts'
import type { GuestBallot } from './events.ts'
import { limits } from './limits.ts'
import { refuse } from './refuse.ts'
import type { Ballot, PollState } from './types.ts'

type Ballots = PollState['ballots']

/**
 * What comes of changing who may vote: the ballots of guests are set aside when only people who have signed in may, and
 * count again when all may. What stays as it is changes nothing.
 */
export function votersChange(
  state: PollState,
  votersSignedIn: boolean | undefined,
): { uncounted?: GuestBallot[]; recounted?: GuestBallot[] } | Refusal {
  const { poll, ballots } = state
  if (votersSignedIn === undefined || votersSignedIn === poll.votersSignedIn) return {}
  if (poll.status === 'closed') {
    const message = 'This poll is closed. Reopen it before you change who can vote.'
    return refuse(poll, 'poll_closed', message, 'votersSignedIn')
  }
  if ((poll.capacity !== null || poll.anonymous) && poll.totalVotes > 0) {
    const why = poll.anonymous ? 'Secret votes are in the ballot box' : 'Places are taken'
    const message = `${why} already, so it is too late to change who can vote.`
    return refuse(poll, 'poll_has_votes', message, 'votersSignedIn')
  }
  if (!votersSignedIn)
    return unlessEmpty(
      'recounted',
      those(ballots, (_, { counted }) => !counted),
    )
  return (
    tooMany(state) ??
    unlessEmpty(
      'uncounted',
      those(ballots, (id, { counted }) => counted && isGuest(state, id)),
    )
  )
}

/** Of more than so many ballots, nobody looks at whose they are. */
function tooMany({ poll, guests }: PollState): Refusal | undefined {
  const isUnknown = poll.totalVotes > 0 && !guests
  if (poll.totalVotes <= limits.votesToLimit.max && !isUnknown) return undefined
  const most = limits.votesToLimit.max.toLocaleString('en')
  const message = `More than ${most} people have voted, so it is too late to let only people vote who have signed in.`
  return refuse(poll, 'poll_has_votes', message, 'votersSignedIn')
}

function isGuest({ guests }: PollState, personId: string): boolean {
  return guests?.has(personId) ?? false
}

function those(ballots: Ballots, isMeant: (personId: string, ballot: Ballot) => boolean): GuestBallot[] {
  const meant = [...ballots].filter(([personId, ballot]) => isMeant(personId, ballot))
  return meant.map(([personId, { choices }]) => ({ personId, choices }))
}

function unlessEmpty(key: 'uncounted' | 'recounted', ballots: GuestBallot[]) {
  return ballots.length > 0 ? { [key]: ballots } : {}
}
