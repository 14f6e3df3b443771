import { Refusal } from '../../errors.ts'
import type { CommandOf } from '../model/commands.ts'
import { dated, inOrderOfTime, problemsWithDates } from '../model/dates.ts'
import type { PollEvent } from '../model/events.ts'
import { limits } from '../model/limits.ts'
import type { NewOption, Poll, PollOption, PollState } from '../model/poll.ts'
import { firstClosingTime } from './closing-time.ts'
import type { Decision } from './refuse.ts'

export function create(command: CommandOf<'create'>, now: Date): Decision {
  const { title, description, optionsOpen } = command
  const closesAt = firstClosingTime(command.closesAt, now)
  if (closesAt instanceof Refusal) return closesAt
  const options = command.method === 'dates' ? datedOptions(command) : command.options
  if (options instanceof Refusal) return options
  const more = { ...unusual(command), ...anonymity(command), ...rolled(command) }
  return [{ type: 'created', title, description, ...more, ...closesAt, optionsOpen, options }]
}

/** Who is named is to vote, and nobody else. */
function rolled({ roll = [] }: CommandOf<'create'>) {
  return roll.length > 0 ? { hasRoll: true, electorate: roll.length } : {}
}

/** Results are told only of so many ballots at once that nobody can tell whose is which. */
function anonymity({ anonymous, quorum }: CommandOf<'create'>) {
  if (!anonymous) return {}
  return {
    anonymous,
    resultsVisible: 'after_closing',
    quorum: Math.max(quorum ?? 0, limits.anonymousVoters.min),
  } as const
}

/** What is left out of the log where it is as in most polls. */
function unusual(command: CommandOf<'create'>) {
  const {
    category,
    method,
    maxChoices,
    resultsVisible,
    quorum,
    votesFinal,
    capacity,
    timeZone,
    electorate,
    optionsModerated,
    votersSignedIn,
  } = command
  return {
    ...(category && { category }),
    ...(method && method !== 'single_choice' && { method }),
    ...(maxChoices && { maxChoices }),
    ...(resultsVisible && resultsVisible !== 'always' && { resultsVisible }),
    ...(quorum && { quorum }),
    ...(votesFinal && { votesFinal }),
    ...(capacity && { capacity }),
    ...(method === 'dates' ? { timeZone: timeZone ?? 'UTC' } : timeZone && { timeZone }),
    ...(electorate && { electorate }),
    ...(optionsModerated && { optionsModerated }),
    ...(votersSignedIn && { votersSignedIn }),
  }
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
    description: facts.description,
    category: facts.category ?? '',
    method: facts.method ?? 'single_choice',
    maxChoices: facts.maxChoices ?? null,
    resultsVisible: facts.resultsVisible ?? 'always',
    quorum: facts.quorum ?? null,
    votesFinal: facts.votesFinal ?? false,
    timeZone: facts.timeZone ?? null,
    capacity: facts.capacity ?? null,
    electorate: facts.electorate ?? null,
    hasRoll: facts.hasRoll ?? false,
    optionsOpen: facts.optionsOpen,
    optionsModerated: facts.optionsModerated ?? false,
    proposals: [],
    votersSignedIn: facts.votersSignedIn ?? false,
    anonymous: facts.anonymous ?? false,
    options: facts.options.map((option) => newOption(option, actor.id)),
    totalVotes: 0,
    totalComments: 0,
    createdBy: actor,
    createdAt: at,
    lastActivityAt: at,
    closesAt: facts.closesAt ? new Date(facts.closesAt) : null,
    closedAt: null,
    outcome: null,
    archivedAt: null,
    deletedAt: null,
  }
  const profile = poll.method === 'ranked' && !poll.anonymous ? new Map() : undefined
  return { poll, ballots: new Map(), profile, secretBallots: poll.anonymous ? new Map() : undefined }
}

export function newOption(option: NewOption, addedById: string): PollOption {
  return { ...option, formerTitle: null, renamedAtRevision: null, votes: 0, maybes: 0, addedById }
}
