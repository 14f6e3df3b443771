import { changedChoices, inOrder, isKept, sameChoices } from '../model/choices.ts'
import type { Command, CommandOf } from '../model/commands.ts'
import { limits } from '../model/limits.ts'
import type { Choices, PollState, Receipt } from '../model/poll.ts'
import { type Decision, refuse, refuseFinal } from './permissions.ts'
import { refusalByVoterList } from './voter-list.ts'

/** What is on a ballot of an anonymous poll, which only its receipt finds; empty without one. */
export function secretChoices({ secretBallots }: PollState, receipt: Receipt | undefined): Choices {
  return (receipt && secretBallots?.get(receipt.lookup)?.choices) ?? []
}

/**
 * Whoever has a receipt has the ballot: it may be on another device.
 *
 * @param choices what is to be on it, a valid ballot
 */
export function castSecretly(state: PollState, { by, receipt }: CommandOf<'castVote'>, choices: Choices): Decision {
  const { poll, ballots } = state
  if (!receipt) return refuse(poll, 'receipt_required', onlyWithReceipt, 'receipt')
  const before = secretChoices(state, receipt)
  if (before.length > 0) return poll.votesFinal && !isKept(poll, before, choices) ? refuseFinal(poll) : []
  if (ballots.has(by.id)) return refuse(poll, 'receipt_required', hasVoted, 'receipt')
  if (poll.totalVotes >= limits.anonymousVoters.max) return refuse(poll, 'ballots_full', areFull)
  // The last check: somebody who takes a name on the list could learn from a later one whether that name has voted.
  return refusalByVoterList(state, by) ?? [{ type: 'secret_vote_cast' }]
}

export function withdrawSecretly(state: PollState, { by, receipt }: CommandOf<'withdrawVote'>): Decision {
  const { poll, ballots } = state
  const isFound = secretChoices(state, receipt).length > 0
  if (!ballots.has(by.id)) return isFound ? refuse(poll, 'forbidden', hasNotVoted) : []
  if (!isFound) return refuse(poll, 'receipt_required', hasVoted, 'receipt')
  return poll.votesFinal ? refuseFinal(poll) : [{ type: 'secret_vote_withdrawn' }]
}

const onlyWithReceipt = 'Votes are secret in this poll: vote on its page, where you get a receipt for yours.'
const hasNotVoted =
  'You have not voted here, so that you have no vote to remove. With this receipt you can look at the ballot, and change it.'
const areFull = `This poll holds ${limits.anonymousVoters.max.toLocaleString('en')} secret ballots, and no more can be opened at once.`
const hasVoted = 'You have voted, and only your receipt finds your ballot. Enter the one that you got when you voted.'

/**
 * Does to the ballots what a command says that was not refused, in place and beside the log, which tells nothing of it.
 * Nothing for commands that are about no ballot, and in polls that are not anonymous.
 */
export function storeSecretBallot(state: PollState, command: Command): void {
  const { poll, secretBallots } = state
  const asked = poll.anonymous ? asksFor(state, command) : undefined
  if (!asked) return
  if (!secretBallots) throw new RangeError(`The secret ballots of poll ${poll.id} have to be known to vote there.`)
  const [{ lookup, hash }, choices] = asked
  if (choices.length === 0) secretBallots.delete(lookup)
  else if (!sameChoices(secretChoices(state, asked[0]), choices)) secretBallots.set(lookup, { hash, choices })
}

/**
 * A guest who has voted turns out to be somebody, in place and beside the log, where it would tell who has voted. If
 * both have, both secret ballots stay: nobody knows which they are.
 */
export function mergeVoters({ poll, ballots }: PollState, command: Command): void {
  if (command.type !== 'mergeGuest' || !poll.anonymous || command.by.id === command.guest.id) return
  const theirs = ballots.get(command.guest.id)
  if (!theirs) return
  ballots.delete(command.guest.id)
  if (!ballots.has(command.by.id)) ballots.set(command.by.id, theirs)
}

function asksFor(state: PollState, command: Command): [Receipt, Choices] | undefined {
  if (!isVote(command) || !command.receipt) return undefined
  const { poll } = state
  if (command.type === 'withdrawVote') return [command.receipt, []]
  if (command.type === 'castVote') return [command.receipt, inOrder(poll, command.choices) ?? []]
  const choices = changedChoices(poll, secretChoices(state, command.receipt), command)
  return [command.receipt, inOrder(poll, choices) ?? []]
}

/** Whether a command is about the ballot of its author. */
export function isVote(command: Command): command is CommandOf<'castVote' | 'chooseOption' | 'withdrawVote'> {
  return ['castVote', 'chooseOption', 'withdrawVote'].includes(command.type)
}
