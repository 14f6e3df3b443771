import { changedChoices, inOrder, isKept, sameChoices } from '../model/choices/choices.ts'
import type { Command, CommandOf } from '../model/commands.ts'
import { limits } from '../model/limits.ts'
import type { Choices, PollState, Receipt } from '../model/poll.ts'
import { countAnonymously } from './anonymous-count.ts'
import { type Decision, refuse, refuseFinal } from './permissions.ts'
import { refusalByVoterList } from './voter-list.ts'

/** The choices on the ballot with this receipt; empty without one. */
export function anonymousChoices({ anonymousBallots }: PollState, receipt: Receipt | undefined): Choices {
  return (receipt && anonymousBallots?.get(receipt.lookup)?.choices) ?? []
}

/**
 * A person who shows a receipt may change its ballot, on any device.
 *
 * @param choices a valid ballot
 */
export function castAnonymously(state: PollState, { by, receipt }: CommandOf<'castVote'>, choices: Choices): Decision {
  const { poll, ballots } = state
  if (!receipt) return refuse(poll, 'receipt_required', onlyWithReceipt, 'receipt')
  const before = anonymousChoices(state, receipt)
  // A changed ballot makes no event, as the log must not show it: `storeAnonymousBallot` stores it.
  if (before.length > 0) return poll.votesFinal && !isKept(poll, before, choices) ? refuseFinal(poll) : []
  if (ballots.has(by.id)) return refuse(poll, 'receipt_required', hasVoted, 'receipt')
  if (poll.totalVotes >= limits.anonymousVoters.max) return refuse(poll, 'ballots_full', areFull)
  // Must be the last check: its refusal must not reveal whether a person on the list has voted.
  return refusalByVoterList(state, by) ?? [{ type: 'secret_vote_cast' }]
}

export function withdrawAnonymously(state: PollState, { by, receipt }: CommandOf<'withdrawVote'>): Decision {
  const { poll, ballots } = state
  const isFound = anonymousChoices(state, receipt).length > 0
  if (!ballots.has(by.id)) return isFound ? refuse(poll, 'forbidden', hasNotVoted) : []
  if (!isFound) return refuse(poll, 'receipt_required', hasVoted, 'receipt')
  return poll.votesFinal ? refuseFinal(poll) : [{ type: 'secret_vote_withdrawn' }]
}

const onlyWithReceipt = 'This poll is anonymous. Vote on its page, where you get a receipt for your vote.'
const hasNotVoted =
  'You have not voted from here, so there is no vote to withdraw. With this receipt you can see the ballot and change it.'
const areFull = `This poll holds ${limits.anonymousVoters.max.toLocaleString('en')} anonymous ballots, and no more can be opened at once.`
const hasVoted = 'You have voted, and only your receipt finds your ballot. Enter the one that you got when you voted.'

/** Applies an accepted vote in an anonymous poll to the ballots, in place. The log does not show it. */
export function storeAnonymousBallot(state: PollState, command: Command): void {
  const { poll, anonymousBallots, anonymousCount } = state
  const requested = poll.anonymous ? requestedBallot(state, command) : undefined
  if (!requested) return
  if (!anonymousBallots) throw new RangeError(`The ballots of anonymous poll ${poll.id} must be loaded to vote in it.`)
  const [{ lookup, hash }, choices] = requested
  const before = anonymousChoices(state, requested[0])
  if (sameChoices(before, choices)) return
  if (choices.length === 0) anonymousBallots.delete(lookup)
  else anonymousBallots.set(lookup, { hash, choices })
  if (!anonymousCount) return
  countAnonymously(poll, anonymousCount, before, -1)
  countAnonymously(poll, anonymousCount, choices, 1)
}

/**
 * Moves a guest's mark of having voted to the person they signed in as, in place. The log does not show it, as it would
 * reveal who has voted. If both have voted, both ballots stay: nobody knows which they are.
 */
export function mergeVoters({ poll, ballots }: PollState, command: Command): void {
  if (command.type !== 'mergeGuest' || !poll.anonymous || command.by.id === command.guest.id) return
  const theirs = ballots.get(command.guest.id)
  if (!theirs) return
  ballots.delete(command.guest.id)
  if (!ballots.has(command.by.id)) ballots.set(command.by.id, theirs)
}

function requestedBallot(state: PollState, command: Command): [Receipt, Choices] | undefined {
  if (!isVote(command) || !command.receipt) return undefined
  const { poll } = state
  if (command.type === 'withdrawVote') return [command.receipt, []]
  if (command.type === 'castVote') return [command.receipt, inOrder(poll, command.choices) ?? []]
  const choices = changedChoices(poll, anonymousChoices(state, command.receipt), command)
  return [command.receipt, inOrder(poll, choices) ?? []]
}

/** Whether a command changes the ballot of its author. */
export function isVote(command: Command): command is CommandOf<'castVote' | 'chooseOption' | 'withdrawVote'> {
  return ['castVote', 'chooseOption', 'withdrawVote'].includes(command.type)
}
