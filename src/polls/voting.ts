import { optionOf } from './choice.ts'
import type { CommandOf, Decision } from './decide.ts'
import { problemWithChoices } from './methods/counting-method.ts'
import { isFull } from './places.ts'
import { refuse, refuseClosed } from './refuse.ts'
import { countedChoices, standing } from './standing-ballot.ts'
import type { Choices, Poll, PollState } from './types.ts'

export function castVote(
  { poll, ballots }: PollState,
  { by, isSignedIn, ...command }: CommandOf<'castVote'>,
): Decision {
  if (poll.status === 'closed') return refuseClosed(poll, 'votes')
  if (poll.votersSignedIn && !isSignedIn) {
    return refuse(poll, 'sign_in_required', 'Only people who have signed in can vote in this poll.')
  }
  const problem = problemWithChoices(poll, command.choices)
  if (problem) return refuse(poll, 'invalid_choices', problem, 'choices')
  const ids = poll.options.map(({ id }) => id)
  const place = (choice: string) => ids.indexOf(isGraded(poll) ? optionOf(choice) : choice)
  if (command.choices.some((choice) => place(choice) < 0)) {
    return refuse(poll, 'unknown_option', 'That is not an option of this poll.', 'choices')
  }
  const choices =
    poll.method === 'ranked' ? command.choices : command.choices.toSorted((one, other) => place(one) - place(other))
  const before = countedChoices(ballots.get(by.id))
  if (sameChoices(before, choices)) return []
  if (poll.votesFinal && !isKept(poll, before, choices)) return refuseFinal(poll)
  const full = poll.options.find(({ id }) => isFull(poll, id) && choices.includes(id) && !before.includes(id))
  if (full) return refuse(poll, 'option_full', `“${full.title}” is full: ${whyFull(poll)}.`, 'choices')
  return before.length === 0 ? [{ type: 'voted', choices }] : [{ type: 'vote_changed', from: before, to: choices }]
}

/** Whether all that was on the ballot is still there, and, in a ranking, still first. */
function isKept({ method }: Poll, before: Choices, after: Choices): boolean {
  if (method === 'ranked') return before.every((id, place) => after[place] === id)
  return before.every((choice) => after.includes(choice))
}

/** Whether a choice says more than which option. */
function isGraded({ method }: Poll): boolean {
  return method === 'score' || method === 'dates'
}

function whyFull({ capacity }: Poll): string {
  return capacity === 1 ? 'its only place is taken' : `all of its ${capacity?.toLocaleString('en')} places are taken`
}

function refuseFinal(poll: Poll): Decision {
  return refuse(poll, 'vote_final', 'In this poll votes are final: yours stays as it is.')
}

export function chooseOption(
  state: PollState,
  { optionId, isChosen, place, ...command }: CommandOf<'chooseOption'>,
): Decision {
  const own = countedChoices(state.ballots.get(command.by.id))
  const choices = isChosen ? withOption(state.poll, own, optionId, place) : own.filter((id) => id !== optionId)
  if (choices.length === 0) return withdrawVote(state, { ...command, type: 'withdrawVote' })
  return castVote(state, { ...command, type: 'castVote', choices })
}

/** In a single choice, to choose another option takes back the one before. */
function withOption({ method }: Poll, own: Choices, optionId: string, place?: number): Choices {
  if (method === 'single_choice') return [optionId]
  if (method === 'ranked' && place !== undefined)
    return own.filter((id) => id !== optionId).toSpliced(place - 1, 0, optionId)
  return own.includes(optionId) ? own : [...own, optionId]
}

export function withdrawVote({ poll, ballots }: PollState, { by }: CommandOf<'withdrawVote'>): Decision {
  if (poll.status === 'closed') return refuseClosed(poll, 'changes of votes')
  const before = countedChoices(ballots.get(by.id))
  if (before.length === 0) return []
  return poll.votesFinal ? refuseFinal(poll) : [{ type: 'vote_withdrawn', from: before }]
}

/** Also when the poll is closed: it is still one ballot a person. The outcome that was announced stays in the log. */
export function mergeGuest({ poll, ballots }: PollState, { by, guest }: CommandOf<'mergeGuest'>): Decision {
  const [theirs, own] = [ballots.get(guest.id), ballots.get(by.id)]
  const isAuthor = poll.createdBy.id === guest.id || poll.options.some(({ addedById }) => addedById === guest.id)
  if (by.id === guest.id || !(theirs || isAuthor)) return []
  const guestChoices = theirs?.choices ?? []
  const to = countedChoices(standing(poll, theirs, own))
  const setAside = theirs?.counted === false && { setAside: true }
  return [{ type: 'guest_merged', guest, guestChoices, ...setAside, from: countedChoices(own), to }]
}

/** A closed poll's count stands. */
export function countVote({ poll, ballots }: PollState, { by }: CommandOf<'countVote'>): Decision {
  const own = ballots.get(by.id)
  return own?.counted === false && poll.status === 'open' ? [{ type: 'vote_counted', choices: own.choices }] : []
}

function sameChoices(a: Choices, b: Choices): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index])
}
