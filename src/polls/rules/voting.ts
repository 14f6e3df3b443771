import { Refusal } from '../../errors.ts'
import { problemWithChoices } from '../counting/methods.ts'
import { changedChoices, chosen, inOrder, isKept, namesOption, sameChoices } from '../model/choices/choices.ts'
import type { CommandOf } from '../model/commands.ts'
import { isolated } from '../model/direction.ts'
import type { Choices, Poll, PollState, Receipt } from '../model/poll.ts'
import { anonymousChoices, castAnonymously, withdrawAnonymously } from './anonymous-voting.ts'
import { countedChoices, survivingBallot, waitsForSignIn } from './apply-vote.ts'
import { refusalOfOldRules } from './editing/rule-changes.ts'
import { refusalOfRenamed } from './managing/renaming.ts'
import { refusalBySetAside } from './managing/setting-aside.ts'
import { type Decision, isFull, refuse, refuseClosed, refuseFinal } from './permissions.ts'
import { refusalOfUnconfirmed } from './vote-confirmation.ts'
import { refusalByVoterList } from './voter-list.ts'

/** @param named the choices that the voter has just made, by the titles they saw */
export function castVote(state: PollState, command: CommandOf<'castVote'>, named = command.choices): Decision {
  const { poll } = state
  if (poll.status === 'closed') return refuseClosed(poll, 'votes')
  if (poll.votersSignedIn && !command.isSignedIn) {
    return refuse(poll, 'sign_in_required', 'Only people who have signed in can vote in this poll.')
  }
  const outdated =
    (named.length > 0 ? refusalOfOldRules(poll, command.shownRevision) : undefined) ??
    refusalOfRenamed(poll, named, command.shownRevision)
  if (outdated) return outdated
  const problem = problemWithChoices(poll, command.choices)
  if (problem) return refuse(poll, 'invalid_choices', problem, 'choices')
  const choices = inOrder(poll, command.choices)
  if (!choices) return refuse(poll, 'unknown_option', 'That is not an option of this poll.', 'choices')
  const decision = poll.anonymous ? castAnonymously(state, command, choices) : castOpenly(state, command, choices)
  if (decision instanceof Refusal) return decision
  // The last check, so nobody confirms a vote in vain.
  const unconfirmed = refusalOfUnconfirmed(poll, choices, command.confirmed)
  return unconfirmed && !isSaved(state, command, choices) ? unconfirmed : decision
}

/** @param choices in the poll's order. Dates that were renamed may be in another order now. */
function isSaved(state: PollState, { by, receipt }: CommandOf<'castVote'>, choices: Choices): boolean {
  const own = ownChoices(state, by, receipt)
  return sameChoices(inOrder(state.poll, own) ?? own, choices)
}

function castOpenly(state: PollState, command: CommandOf<'castVote'>, choices: Choices): Decision {
  const { poll, ballots } = state
  const { by } = command
  const own = ballots.get(by.id)
  const refusal = refusalBySetAside(poll, own) ?? refusalByVoterList(state, by)
  if (refusal) return refusal
  if (isSaved(state, command, choices)) return []
  const before = countedChoices(own)
  if (poll.votesFinal && !isKept(poll, before, choices)) return refuseFinal(poll)
  const added = (id: string) => namesOption(choices, id) && !namesOption(before, id)
  const full = poll.options.find(({ id }) => isFull(poll, id) && added(id))
  if (full) return refuse(poll, 'option_full', `“${isolated(full.title)}” is full: ${whyFull(poll)}.`, 'choices')
  return before.length === 0 ? [{ type: 'voted', choices }] : [{ type: 'vote_changed', from: before, to: choices }]
}

function whyFull({ capacity }: Poll): string {
  return capacity === 1 ? 'its only place is taken' : `all of its ${capacity?.toLocaleString('en')} places are taken`
}

export function chooseOption(
  state: PollState,
  { optionId, isChosen, place, ...command }: CommandOf<'chooseOption'>,
): Decision {
  const choices = changedChoices(state.poll, ownChoices(state, command.by, command.receipt), {
    optionId,
    isChosen,
    place,
  })
  if (choices.length === 0) return withdrawVote(state, { ...command, type: 'withdrawVote' })
  return castVote(state, { ...command, type: 'castVote', choices }, isChosen ? chosen([optionId]) : [])
}

/** The choices on a person's ballot, if it counts; else empty. In an anonymous poll, only a receipt finds it. */
export function ownChoices(state: PollState, { id }: { id: string }, receipt: Receipt | undefined): Choices {
  return state.poll.anonymous ? anonymousChoices(state, receipt) : countedChoices(state.ballots.get(id))
}

export function withdrawVote(state: PollState, command: CommandOf<'withdrawVote'>): Decision {
  const { poll, ballots } = state
  if (poll.status === 'closed') return refuseClosed(poll, 'changes of votes')
  if (poll.anonymous) return withdrawAnonymously(state, command)
  const before = countedChoices(ballots.get(command.by.id))
  if (before.length === 0) return []
  return poll.votesFinal ? refuseFinal(poll) : [{ type: 'vote_withdrawn', from: before }]
}

/** A closed poll is changed too, so each person has one ballot. The announced outcome stays in the log. */
export function mergeGuest({ poll, ballots }: PollState, { by, guest }: CommandOf<'mergeGuest'>): Decision {
  const [theirs, own] = [ballots.get(guest.id), ballots.get(by.id)]
  const isAuthor =
    poll.createdBy.id === guest.id ||
    poll.options.some(({ addedById }) => addedById === guest.id) ||
    poll.proposals.some(({ proposedById }) => proposedById === guest.id)
  // In an anonymous poll the log must not show that the guest has voted.
  if (by.id === guest.id || !(isAuthor || (theirs && !poll.anonymous))) return []
  const guestChoices = theirs?.choices ?? []
  const to = countedChoices(survivingBallot(poll, [theirs, own], by.isSignedIn === true))
  const setAside = theirs?.counted === false && { setAside: true }
  return [{ type: 'guest_merged', guest, guestChoices, ...setAside, from: countedChoices(own), to }]
}

/** The count of a closed poll does not change. */
export function countVote({ poll, ballots }: PollState, { by }: CommandOf<'countVote'>): Decision {
  const own = ballots.get(by.id)
  return waitsForSignIn(own) && poll.status === 'open' ? [{ type: 'vote_counted', choices: own.choices }] : []
}
