import type { Command } from '../model/commands.ts'
import type { Poll } from '../model/poll.ts'
import { isVote } from '../rules/anonymous-voting.ts'
import { areBallotsOpened, mayCloseEarly } from '../rules/closing.ts'
import { isDue } from '../rules/closing-time.ts'
import { isCreator } from '../rules/permissions.ts'
import type { Submission } from './batch.ts'

/** The people whose ballots a command may change. */
export function ballotOwnersOf(command: Command): string[] {
  return command.type === 'mergeGuest' ? [command.by.id, command.guest.id] : [command.by.id]
}

/** Anonymous polls that these commands may close, so all their ballots have to be decrypted and counted. */
export function anonymousPollsToCount(submissions: readonly Submission[], polls: Map<string, Poll>, now: Date): Poll[] {
  return [...polls.values()].filter((poll) => {
    if (!poll.anonymous) return false
    const commands = submissions.filter(({ pollId }) => pollId === poll.id).map(({ command }) => command)
    const isClosed = commands.some(({ type, by }) => ['close', 'settle'].includes(type) && isCreator(poll, by))
    // The creator may say that no more people are expected.
    const isExpecting = commands.some((command) => command.type === 'edit' && command.electorate != null)
    return isClosed || isExpecting || isDue(poll, now) || mayCloseEarly(poll, commands.length)
  })
}

/**
 * The ballots that a batch needs of anonymous polls whose ballots are not published: those whose receipts are shown, or
 * all if the poll may be closed. A batch can reopen a closed poll and vote in it.
 */
export function anonymousBallotsWanted(
  submissions: readonly Submission[],
  polls: Map<string, Poll>,
  counted: readonly Poll[],
) {
  const anonymous = [...polls.values()].filter((poll) => poll.anonymous && !areBallotsOpened(poll))
  return anonymous.flatMap((poll) => {
    const votes = submissions
      .filter(({ pollId }) => pollId === poll.id)
      .flatMap(({ command }) => (isVote(command) ? command : []))
    const isCounted = counted.some(({ id }) => id === poll.id)
    if (votes.length === 0 && !isCounted) return []
    return { poll, isCounted, lookups: votes.flatMap(({ receipt }) => receipt?.lookup ?? []) }
  })
}

/** Voter lists that a batch needs: a person votes, a guest signs in, or the creator changes the list. */
export function voterListsWanted(submissions: readonly Submission[], polls: Map<string, Poll>) {
  return [...polls.values()].flatMap(({ id: poll, hasRoll }) => {
    const ofPoll = hasRoll ? submissions.filter(({ pollId }) => pollId === poll) : []
    const commands = ofPoll.map(({ command }) => command)
    const voters = commands.filter((command) => isVote(command) || command.type === 'mergeGuest').map(({ by }) => by.id)
    const isChanging = commands.some(({ type }) => type === 'changeVoterList')
    // People whose only option is removed can use their entries again.
    const isRemoving = commands.some(({ type }) => type === 'removeOption')
    return voters.length > 0 || isChanging || isRemoving ? { poll, voters, isChanging } : []
  })
}
