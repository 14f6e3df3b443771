import type { InputProblem, Refusal, RefusalCode } from '../../../errors.ts'
import type { Command, CommandOf } from '../../model/commands.ts'
import { isolated } from '../../model/direction.ts'
import type { EventFacts } from '../../model/events.ts'
import { counted } from '../../model/phrases.ts'
import type { Poll, PollState } from '../../model/poll.ts'
import { type EditableRule, editableRules, type PollRules, resultsVisibilities } from '../../model/poll-rules.ts'
import { areBallots } from '../apply-vote.ts'
import { refuse } from '../permissions.ts'
import { ruleConflicts } from './rule-conflicts.ts'

type RuleChange<Value> = {
  /** Why it stays once people have voted; left out where it can change later. Must be a sentence for the creator. */
  onceVoted?: string
  /** Which change breaks no promise to people who have voted; left out if none does. */
  isFair?: (from: Value, to: Value) => boolean
  /** What else is wrong with a new value. */
  problem?: (poll: Poll, to: Value) => string | undefined
  /** Whether it can change in a closed poll, too. */
  isFreeOnceClosed?: true
}

/**
 * When the creator can change each rule. Before the first vote, nobody relies on a rule. Later, what a ballot can hold,
 * how the winner is found and who sees what stays as the voters were told. A rule without an entry does not compile.
 */
const ruleChanges: { [Name in EditableRule]: RuleChange<PollRules[Name]> } = {
  method: {
    onceVoted: 'People have voted in this way, so it stays.',
    problem: ({ method }, to) =>
      method === 'dates' || to === 'dates' ? 'A poll of dates stays one, as its options are dates.' : undefined,
  },
  maxChoices: { onceVoted: 'People have voted under this limit, so it stays.' },
  quorum: { onceVoted: 'People have voted, so it stays: otherwise you could decide whether their result counts.' },
  votesFinal: {
    onceVoted: 'People were told that they can change their votes, so votes cannot become final.',
    isFair: (_from, to) => !to,
  },
  resultsVisible: {
    onceVoted: 'People voted while results were to show later, so they cannot show earlier.',
    isFair: (from, to) => resultsVisibilities.indexOf(to) > resultsVisibilities.indexOf(from),
  },
  capacity: { problem: fewerThanVotes },
  electorate: { problem: fewerThanVoters },
  remindHours: {},
  optionsModerated: {
    problem: ({ proposals }, to) =>
      to || proposals.length === 0 ? undefined : `First approve or dismiss ${counted(proposals.length, 'proposal')}.`,
  },
  optionsOpen: { isFreeOnceClosed: true },
  unlisted: { isFreeOnceClosed: true },
  // `votersChange` and `zoneChange` check these.
  votersSignedIn: { isFreeOnceClosed: true },
  timeZone: { isFreeOnceClosed: true },
}

export const whyAnonymityStays =
  'Whether a poll is anonymous stays as it was promised. To change it, use this poll again.'

function fewerThanVotes({ options, capacity, votersSignedIn }: Poll, to: number | null): string | undefined {
  // Kept votes of guests count once they sign in, and then take no account of places.
  if (votersSignedIn && to !== null && to < (capacity ?? Infinity))
    return 'Votes of guests may count later. Let everybody vote before you limit the votes of an option.'
  const fullest = options.toSorted((one, other) => other.votes - one.votes)[0]
  if (to === null || !fullest || to >= fullest.votes) return undefined
  return `“${isolated(fullest.title)}” has ${counted(fullest.votes, 'vote')} already. ${enter(fullest.votes)}`
}

function fewerThanVoters({ hasRoll, totalVotes }: Poll, to: number | null): string | undefined {
  if (hasRoll) return 'The voter list sets this number.'
  if (to === null || to >= totalVotes) return undefined
  return `${totalVotes === 1 ? 'One person has' : `${totalVotes.toLocaleString('en')} people have`} voted already. ${enter(totalVotes)}`
}

function enter(least: number): string {
  return `Enter ${least.toLocaleString('en')} or more, or leave this empty.`
}

/** Why a rule of an open poll cannot get this value, by itself; undefined if it can. */
export function problemWithChange<Name extends EditableRule>(poll: Poll, name: Name, to: PollRules[Name]) {
  return (poll.totalVotes > 0 ? problemOnceVoted(poll, name, to) : undefined) ?? changeOf(name).problem?.(poll, to)
}

function problemOnceVoted<Name extends EditableRule>(poll: Poll, name: Name, to: PollRules[Name]): string | undefined {
  const { onceVoted, isFair } = changeOf(name)
  return isFair?.(poll[name], to) ? undefined : onceVoted
}

function changeOf<Name extends EditableRule>(name: Name): RuleChange<PollRules[Name]> {
  return ruleChanges[name]
}

/** A refusal of all new values of rules that the poll cannot get, by themselves or with its other rules. */
export function refusalOfRules(state: PollState, command: CommandOf<'edit'>): Refusal | undefined {
  const { poll } = state
  const names = editableRules.filter((name) => command[name] !== undefined && command[name] !== poll[name])
  const stuck = poll.status === 'closed' ? names.filter((name) => !ruleChanges[name].isFreeOnceClosed) : []
  if (stuck.length > 0)
    return refuseAll(
      poll,
      'poll_closed',
      stuck.map((path) => ({ path, message: closed })),
    )
  const relied = names.flatMap((path) => toProblem(path, problemOnceVoted(poll, path, command[path] as never)))
  if (areBallots(state) && relied.length > 0) return refuseAll(poll, 'poll_has_votes', relied)
  const wrong = names.flatMap((path) => toProblem(path, ruleChanges[path].problem?.(poll, command[path] as never)))
  const merged = { ...poll, ...Object.fromEntries(names.map((name) => [name, command[name]])) }
  const conflicts = ruleConflicts.filter(
    ({ between, isWrong }) => between.some((name) => names.includes(name as EditableRule)) && isWrong(merged),
  )
  const problems = [...wrong, ...conflicts.map(({ at, message }) => ({ path: at, message }))]
  return problems.length > 0 ? refuseAll(poll, 'invalid_input', problems) : undefined
}

const closed = 'This poll is closed. Reopen it before you change its rules.'

function toProblem(path: string, message: string | undefined): InputProblem[] {
  return message === undefined ? [] : [{ path, message }]
}

function refuseAll(poll: Poll, code: RefusalCode, problems: readonly InputProblem[]): Refusal {
  const refusal = refuse(poll, code, problems[0]?.message ?? '')
  refusal.problems.push(...problems)
  return refusal
}

/** Whether the ballots that do not count must be known to decide this command. */
export function asksForBallots(command: Command): boolean {
  if (command.type !== 'edit') return command.type === 'delete' || command.type === 'renameOption'
  if (command.title !== undefined || command.timeZone !== undefined) return true
  return editableRules.some((name) => command[name] !== undefined && ruleChanges[name].onceVoted)
}

/** The rules that say what a vote is, and who sees it. A vote counts under those that the voter saw. */
const votingRules: readonly EditableRule[] = ['method', 'maxChoices', 'votesFinal', 'resultsVisible']

export function areVotingRulesChanged(facts: Extract<EventFacts, { type: 'edited' }>): boolean {
  return votingRules.some((name) => facts[name])
}

/** A refusal of a vote from a page that showed other rules. */
export function refusalOfOldRules(poll: Poll, shownRevision = Number.POSITIVE_INFINITY): Refusal | undefined {
  if (poll.rulesRevision <= shownRevision) return undefined
  const message = 'The rules of this poll were changed meanwhile. Your vote was not counted. Check it, and vote again.'
  return refuse(poll, 'rules_changed', message)
}

/** The rules of a command that differ from the poll's. */
export function changedRules(poll: Poll, command: CommandOf<'edit'>) {
  const names = editableRules.filter((name) => name !== 'timeZone')
  return Object.assign({}, ...names.map((name) => changed(name, poll[name], command[name]))) as Partial<
    Extract<EventFacts, { type: 'edited' }>
  >
}

/** The change of a field in an event, under its name; empty if it stays, or is not given. */
export function changed<T>(key: string, from: T, to: T | undefined) {
  return to === undefined || to === from ? {} : { [key]: { from, to } }
}
