import { Refusal } from '../../errors.ts'
import type { CommandOf } from '../model/commands.ts'
import { dated, inOrderOfTime, problemsWithDates } from '../model/dates.ts'
import type { PollEvent } from '../model/events.ts'
import { limits } from '../model/limits.ts'
import type { NewOption, Poll, PollOption, PollState } from '../model/poll.ts'
import { fromLoggedRules, toLoggedRules } from '../model/poll-rules.ts'
import { noAnonymousCount } from './anonymous-count.ts'
import { firstClosingTime } from './closing-time.ts'
import type { Decision } from './permissions.ts'

export function create(command: CommandOf<'create'>, now: Date): Decision {
  const { title, description, category, optionsOpen } = command
  const closesAt = firstClosingTime(command.closesAt, now)
  if (closesAt instanceof Refusal) return closesAt
  const options = command.method === 'dates' ? datedOptions(command) : command.options
  if (options instanceof Refusal) return options
  const rules = { ...command, ...zoneOfDates(command), ...anonymity(command), ...withVoterList(command) }
  const logged = { ...(category && { category }), ...toLoggedRules(rules), ...closesAt }
  return [{ type: 'created', title, description, ...logged, optionsOpen, options }]
}

/** A poll with a voter list expects those people, and no others. */
function withVoterList({ roll = [] }: CommandOf<'create'>) {
  return roll.length > 0 ? { hasRoll: true, electorate: roll.length } : {}
}

/** Ballots are counted all at once, and only so many that nobody can infer whose is which. */
function anonymity({ anonymous, quorum }: CommandOf<'create'>) {
  if (!anonymous) return {}
  return { resultsVisible: 'after_closing', quorum: Math.max(quorum ?? 0, limits.anonymousVoters.min) } as const
}

function zoneOfDates({ method, timeZone }: CommandOf<'create'>) {
  return method === 'dates' ? { timeZone: timeZone ?? 'UTC' } : {}
}

/** @returns a refusal by the first option that is no date, or the same as another */
function datedOptions({ options: asked, timeZone }: CommandOf<'create'>): NewOption[] | Refusal {
  const problems = problemsWithDates(asked.map(({ title }) => title))
  const wrong = problems.findIndex((problem) => problem !== undefined)
  if (wrong < 0)
    return inOrderOfTime(
      asked.flatMap((option) => dated(option) ?? []),
      timeZone ?? 'UTC',
    )
  const message = problems[wrong] ?? ''
  return new Refusal('invalid_input', message, { problems: [{ path: `options.${wrong}`, message }] })
}

/** The state that a poll's first event, `created`, brings about. */
export function begin(pollId: string, { actor, at, facts }: PollEvent): PollState {
  if (facts.type !== 'created') throw new TypeError(`A log begins with "created", not "${facts.type}".`)
  const poll: Poll = {
    id: pollId,
    revision: 1,
    status: 'open',
    title: facts.title,
    titleRevision: 1,
    formerTitle: null,
    rulesRevision: 1,
    description: facts.description,
    category: facts.category ?? '',
    ...fromLoggedRules(facts),
    proposals: [],
    options: facts.options.map((option) => newOption(option, actor.id)),
    totalVotes: 0,
    totalComments: 0,
    createdBy: actor,
    createdAt: at,
    lastActivityAt: at,
    closesAt: facts.closesAt ? new Date(facts.closesAt) : null,
    closedAt: null,
    outcome: null,
    settledOptionId: null,
    remindedAt: null,
    archivedAt: null,
    deletedAt: null,
  }
  const rankingCounts = poll.method === 'ranked' && !poll.anonymous ? new Map() : undefined
  const anonymous = { anonymousBallots: new Map(), anonymousCount: noAnonymousCount(poll) }
  return { poll, ballots: new Map(), rankingCounts, ...(poll.anonymous && anonymous) }
}

export function newOption(option: NewOption, addedById: string): PollOption {
  return { ...option, formerTitle: null, renamedAtRevision: null, votes: 0, maybes: 0, addedById }
}
