import type { Refusal } from '../../../errors.ts'
import type { CommandOf } from '../../model/commands.ts'
import type { GuestBallot } from '../../model/events.ts'
import { limits } from '../../model/limits.ts'
import type { Ballot, Poll, PollState } from '../../model/poll.ts'
import { waitsForSignIn } from '../apply-vote.ts'
import { type Decision, refuse } from '../permissions.ts'
import { changedVoterList, voterListKey, votersLeftOut, wantedVoters } from '../voter-list.ts'

type PollBallots = PollState['ballots']

/**
 * The ballots that a change of `votersSignedIn` sets aside or counts again: those of guests. Empty if the rule stays as
 * it is.
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
      ballotsWhere(ballots, (_, ballot) => waitsForSignIn(ballot)),
    )
  return (
    tooMany(state) ??
    unlessEmpty(
      'uncounted',
      ballotsWhere(ballots, (id, { counted }) => counted && isGuest(state, id)),
    )
  )
}

/** With too many ballots, their owners are not loaded (see `loadGuests`). */
function tooMany({ poll, guests }: PollState): Refusal | undefined {
  const areGuestsMissing = poll.totalVotes > 0 && !guests
  if (poll.totalVotes <= limits.votesToLimit.max && !areGuestsMissing) return undefined
  const most = limits.votesToLimit.max.toLocaleString('en')
  const message = `More than ${most} people have voted, so it is too late to let only people vote who have signed in.`
  return refuse(poll, 'poll_has_votes', message, 'votersSignedIn')
}

function isGuest({ guests }: PollState, personId: string): boolean {
  return guests?.has(personId) ?? false
}

function ballotsWhere(ballots: PollBallots, matches: (personId: string, ballot: Ballot) => boolean): GuestBallot[] {
  const matching = [...ballots].filter(([personId, ballot]) => matches(personId, ballot))
  return matching.map(([personId, { choices }]) => ({ personId, choices }))
}

/** The ballots of an event under this key, which is left out without any. */
export function unlessEmpty<Key extends string>(key: Key, ballots: GuestBallot[]): { [Name in Key]?: GuestBallot[] } {
  return (ballots.length > 0 ? { [key]: ballots } : {}) as { [Name in Key]?: GuestBallot[] }
}

/**
 * Changes the voter list. A vote of a person who is no longer on the list does not count, even if votes are final; the
 * log shows it. In an anonymous poll nobody knows that person's ballot, and a refusal only for people who have voted
 * would reveal who has. So once anybody has voted there, nobody can be taken off the list.
 */
export function changeVoterList(state: PollState, command: CommandOf<'changeVoterList'>): Decision {
  const { poll, voterList, ballots } = state
  if (poll.status === 'closed')
    return refuse(poll, 'poll_closed', 'This poll is closed. Reopen it before you change its voter list.', 'roll')
  if (!poll.hasRoll)
    return refuse(poll, 'invalid_input', 'This poll was created without a voter list: everybody can vote.', 'roll')
  if (!voterList) throw new RangeError(`The voter list of poll ${poll.id} must be loaded to change it.`)
  const voters = wantedVoters(voterList, command)
  const problem = problemWithNumber(poll, voters.length)
  if (problem) return refuse(poll, 'invalid_input', problem, 'roll')
  const keys = new Set(voters.map(voterListKey))
  if (poll.anonymous && poll.totalVotes > 0 && voterList.entries.some(({ name }) => !keys.has(voterListKey(name))))
    return refuse(poll, 'poll_has_votes', nobodyLeaves, 'roll')
  const before = voterList.entries.map(({ name }) => name)
  if (before.join('\n') === voters.join('\n')) return []
  const uncounted = votersLeftOut(voterList, changedVoterList(voterList, voters)).flatMap((personId) => {
    const choices = ballots.get(personId)?.choices
    return choices ? { personId, choices } : []
  })
  const more = uncounted.length > 0 ? { uncounted } : {}
  return [{ type: 'voter_list_changed', voters: { from: before.length, to: voters.length }, ...more }]
}

const nobodyLeaves =
  'People have voted, and nobody can tell whose ballot is whose. You can add people to the list, but not take any off.'

function problemWithNumber({ anonymous, quorum }: Poll, voters: number): string | undefined {
  const least = anonymous ? limits.anonymousVoters.min : 1
  if (voters < least)
    return anonymous ? `An anonymous poll needs at least ${least} people on its list.` : 'Name at least one person.'
  if (quorum !== null && voters < quorum) return `The quorum is ${quorum} people, so the list needs at least ${quorum}.`
  const { max } = limits.roll
  if (voters > max)
    return `The list was changed meanwhile: together with yours it has ${voters} people, and at most ${max} can be named.`
  return undefined
}
