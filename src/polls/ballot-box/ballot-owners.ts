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

/** Ranked and anonymous polls that these commands may close, so all their ballots have to be counted. */
export function pollsToCount(submissions: readonly Submission[], polls: Map<string, Poll>, now: Date): Poll[] {
  const decisive = submissions.filter(({ pollId, command }) => isDecisive(command, polls.get(pollId)))
  const decided = new Set(decisive.map(({ pollId }) => pollId))
  const counted = [...polls.values()].filter(({ method, anonymous }) => method === 'ranked' || anonymous)
  return counted.filter(
    (poll) =>
      decided.has(poll.id) ||
      isDue(poll, now) ||
      mayCloseEarly(poll, submissions.filter(({ pollId }) => pollId === poll.id).length),
  )
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
  return anonymous.flatMap(({ id }) => {
    const votes = submissions
      .filter(({ pollId }) => pollId === id)
      .flatMap(({ command }) => (isVote(command) ? command : []))
    const areAll = counted.some((poll) => poll.id === id)
    if (votes.length === 0 && !areAll) return []
    return { poll: id, areAll, lookups: votes.flatMap(({ receipt }) => receipt?.lookup ?? []) }
  })
}

/** When guests' ballots count again, all expected voters may have voted. */
function isDecisive(command: Command, poll: Poll | undefined): boolean {
  // In an anonymous poll, no voter can be removed and no vote gets another owner.
  if (poll?.anonymous) return ['close', 'settle'].includes(command.type) && isCreator(poll, command.by)
  const changesVoters = command.type === 'edit' && command.votersSignedIn !== undefined
  return changesVoters || ['close', 'changeVoterList', 'mergeGuest'].includes(command.type)
}

/** Voter lists that a batch needs: a person votes, a guest signs in, or the creator changes the list. */
export function voterListsWanted(submissions: readonly Submission[], polls: Map<string, Poll>) {
  return [...polls.values()].flatMap(({ id: poll, hasRoll }) => {
    const ofPoll = hasRoll ? submissions.filter(({ pollId }) => pollId === poll) : []
    const commands = ofPoll.map(({ command }) => command)
    const voters = commands.filter((command) => isVote(command) || command.type === 'mergeGuest').map(({ by }) => by.id)
    const isChanging = commands.some(({ type }) => type === 'changeVoterList')
    return voters.length > 0 || isChanging ? { poll, voters, isChanging } : []
  })
}
