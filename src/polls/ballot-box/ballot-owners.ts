import type { Command } from '../model/commands.ts'
import type { Poll } from '../model/poll.ts'
import { isVote } from '../rules/anonymous-voting.ts'
import { areBallotsOpened, mayCloseEarly } from '../rules/closing.ts'
import { isDue } from '../rules/closing-time.ts'
import { isCreator } from '../rules/permissions.ts'
import type { Submission } from './batch.ts'

/** Whose ballots a command is about. */
export function ballotOwnersOf(command: Command): string[] {
  return command.type === 'mergeGuest' ? [command.by.id, command.guest.id] : [command.by.id]
}

/** Polls of which all ballots have to be counted, as this may decide them: of a ranking, or of secret votes. */
export function pollsToCount(submissions: readonly Submission[], standing: Map<string, Poll>, now: Date): Poll[] {
  const decisive = submissions.filter(({ pollId, command }) => isDecisive(command, standing.get(pollId)))
  const decided = new Set(decisive.map(({ pollId }) => pollId))
  const counted = [...standing.values()].filter(({ method, anonymous }) => method === 'ranked' || anonymous)
  return counted.filter(
    (poll) =>
      decided.has(poll.id) ||
      isDue(poll, now) ||
      mayCloseEarly(poll, submissions.filter(({ pollId }) => pollId === poll.id).length),
  )
}

/**
 * In anonymous polls, until they are opened: the ballots whose receipts are shown, and all where they may be about to
 * be opened. A poll that is closed may be reopened and voted in by this very batch.
 */
export function secretBallotsWanted(
  submissions: readonly Submission[],
  standing: Map<string, Poll>,
  decided: readonly Poll[],
) {
  const anonymous = [...standing.values()].filter((poll) => poll.anonymous && !areBallotsOpened(poll))
  return anonymous.flatMap(({ id }) => {
    const votes = submissions
      .filter(({ pollId }) => pollId === id)
      .flatMap(({ command }) => (isVote(command) ? command : []))
    const areAll = decided.some((poll) => poll.id === id)
    if (votes.length === 0 && !areAll) return []
    return { poll: id, areAll, lookups: votes.flatMap(({ receipt }) => receipt?.lookup ?? []) }
  })
}

/** Guests' ballots that count again may be all that are still to come. */
function isDecisive(command: Command, poll: Poll | undefined): boolean {
  // Only of polls without secret votes can who may vote be changed, or whose a vote is.
  if (poll?.anonymous) return command.type === 'close' && isCreator(poll, command.by)
  const changesVoters = command.type === 'edit' && command.votersSignedIn !== undefined
  return changesVoters || ['close', 'changeVoterList', 'mergeGuest'].includes(command.type)
}

/**
 * Polls whose voter list a command needs: somebody votes, a guest becomes somebody else, or the creator changes the list.
 * The command may concern everybody who has voted.
 */
export function voterListsWanted(submissions: readonly Submission[], standing: Map<string, Poll>) {
  return [...standing.values()].flatMap(({ id: poll, hasRoll }) => {
    const concerned = hasRoll ? submissions.filter(({ pollId }) => pollId === poll) : []
    const commands = concerned.map(({ command }) => command)
    const voters = commands.filter((command) => isVote(command) || command.type === 'mergeGuest').map(({ by }) => by.id)
    const isChanging = commands.some(({ type }) => type === 'changeVoterList')
    return voters.length > 0 || isChanging ? { poll, voters, isChanging } : []
  })
}
