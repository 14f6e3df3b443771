import type { Refusal } from '../../../errors.ts'
import { namesOption } from '../../model/choices/choices.ts'
import type { CommandOf } from '../../model/commands.ts'
import { isolated } from '../../model/direction.ts'
import type { Ballot, Poll, PollState } from '../../model/poll.ts'
import { type Decision, isFull, refuse, refuseClosed } from '../permissions.ts'

/** The creator takes a vote out of the count, for a reason that everybody can read. */
export function setVoteAside({ poll, ballots }: PollState, { voter, reason }: CommandOf<'setVoteAside'>): Decision {
  const refusal = refusalToSetAside(poll)
  if (refusal) return refusal
  const ballot = ballots.get(voter.id)
  if (ballot?.setAsideReason !== undefined) return []
  if (!ballot?.counted) return refuse(poll, 'not_found', 'This person has no vote that counts.')
  return [{ type: 'vote_set_aside', voter, choices: ballot.choices, reason }]
}

export function restoreVote({ poll, ballots }: PollState, { voter }: CommandOf<'restoreVote'>): Decision {
  const refusal = refusalToSetAside(poll)
  if (refusal) return refusal
  const ballot = ballots.get(voter.id)
  if (ballot?.counted) return []
  if (ballot?.setAsideReason === undefined || ballot.choices.length === 0)
    return refuse(poll, 'not_found', 'This person has no vote that was set aside.')
  if (poll.votersSignedIn && !voter.isSignedIn)
    return refuse(
      poll,
      'sign_in_required',
      'Only people who have signed in can vote in this poll, and this is a guest.',
    )
  const full = poll.options.find(({ id }) => isFull(poll, id) && namesOption(ballot.choices, id))
  if (full) return refuse(poll, 'option_full', `“${isolated(full.title)}” has its maximum of votes by now.`)
  return [{ type: 'vote_restored', voter, choices: ballot.choices }]
}

/** Why no vote of this poll can be set aside or counted again; undefined if it can. */
export function refusalToSetAside(poll: Poll): Refusal | undefined {
  if (poll.status === 'closed') return refuseClosed(poll, 'changes of votes')
  return poll.anonymous
    ? refuse(poll, 'forbidden', 'This poll is anonymous: nobody can tell whose vote is whose.')
    : undefined
}

/** A person cannot vote again to undo what the creator decided. */
export function refusalBySetAside(poll: Poll, ballot: Ballot | undefined): Refusal | undefined {
  if (ballot?.setAsideReason === undefined) return undefined
  const message = `The creator set your vote aside: “${isolated(ballot.setAsideReason)}”. Ask the creator to count it again.`
  return refuse(poll, 'vote_set_aside', message)
}
