import { newPoll } from '../../polls/inputs/new-poll.ts'
import { limits } from '../../polls/model/limits.ts'
import {
  defaultFlags,
  defaultRules,
  type FlagRule,
  flagRules,
  type NumberRule,
  numberRules,
} from '../../polls/model/poll-rules.ts'
import { isTimeZone, timeZones } from '../../polls/model/time-zones.ts'
import { type Fields, type FormErrors, field, list, type SavedPart } from '../../server/pages/forms.ts'
import type { ViewContext } from '../../server/views.ts'
import type { WebOptions } from '../web-options.ts'
import { datesOf, hasTimes, type TypedDates, typedDates, typedZone } from './date-fields.ts'
import { readClosingTime, typedClosingTime } from './typed-times.ts'
import { type TypedVoterList, typedVoterList } from './voter-list-field.ts'

/** The form of a poll as it was typed, valid or not. The optional fields appear only in the form of a new poll. */
export type TypedPoll = {
  title: string
  description: string
  category: string
  optionsOpen: boolean
  votersSignedIn: boolean
  /** A date and a time in `timeZone`, as browsers write them; undefined where the form has no such field. */
  closesAt?: string | undefined
  method?: string
  resultsVisible?: string
  voterList?: TypedVoterList
  /** The zone of all times in the form; empty until one is chosen, undefined where the form has no times. */
  timeZone?: string | undefined
  /** In a poll of dates, the fields of its options. */
  dates?: TypedDates[]
  options: string[]
} & { [Name in NumberRule]?: string } & { [Name in FlagRule]?: boolean }

/** What stands in the form of a new poll, which asks for all rules. */
export type TypedNewPoll = TypedPoll &
  Required<Pick<TypedPoll, NumberRule | FlagRule | 'method' | 'resultsVisible' | 'voterList'>>

export type PollForm<Typed extends TypedPoll = TypedPoll> = { typed: Typed; errors?: FormErrors }

const emptyNumbers = Object.fromEntries(numberRules.map((name) => [name, ''])) as Record<NumberRule, string>

export type PollFormModel<Typed extends TypedPoll = TypedPoll> = {
  typed: Typed
  errors: FormErrors
  limits: typeof limits
  suggestions: readonly string[]
  zones: readonly string[]
}

export type ZonePart = { errors: { timeZone?: string }; typed: { timeZone?: string | null }; zones: readonly string[] }

type FieldsPart<Field extends string, Typed = TypedPoll> = { typed: Typed; errors: { [Name in Field]?: string } }
export type PollFieldsPart = FieldsPart<'title' | 'description'> & Pick<SavedPart, 'saved'>
export type PollMethodPart = FieldsPart<'method' | 'maxChoices', TypedNewPoll>
export type PollSettingsPart = ViewContext &
  FieldsPart<'category' | 'closesAt' | 'timeZone' | 'votersSignedIn'> &
  Pick<SavedPart, 'saved'> & {
    suggestions: readonly string[]
    zones: readonly string[]
    /** Of a poll that has been created: whether its options are dates. */
    areDates?: boolean
  }
export type PollRulesPart = ViewContext & { typed: TypedNewPoll; errors: FormErrors; limits: typeof limits }

export const emptyPoll: TypedNewPoll = {
  title: '',
  description: '',
  category: '',
  ...defaultFlags,
  ...emptyNumbers,
  method: defaultRules.method,
  resultsVisible: defaultRules.resultsVisible,
  closesAt: '',
  timeZone: '',
  voterList: { roll: '', checkedRoll: '' },
  options: [],
}

/** Empty rows are ignored. */
export function typedPoll(fields: Fields): TypedNewPoll {
  const method = field(fields, 'method') || 'single_choice'
  return {
    title: field(fields, 'title'),
    description: field(fields, 'description'),
    category: field(fields, 'category'),
    ...typedFlags(fields),
    ...typedNumbers(fields),
    closesAt: typedClosingTime(fields),
    timeZone: fields.timeZone === undefined ? undefined : typedZone(fields),
    method,
    resultsVisible: field(fields, 'resultsVisible') || 'always',
    voterList: typedVoterList(fields),
    ...(method === 'dates' ? datedOptions(fields) : titledOptions(fields)),
  }
}

function typedFlags(fields: Fields) {
  return Object.fromEntries(flagRules.map((name) => [name, field(fields, name) === 'on'])) as Record<FlagRule, boolean>
}

function typedNumbers(fields: Fields) {
  return Object.fromEntries(numberRules.map((name) => [name, field(fields, name).trim()])) as Record<NumberRule, string>
}

/** More than a poll may hold, so people get a list that is too long back and can shorten it. */
const maxTypedOptions = 10 * limits.options.max

function titledOptions(fields: Fields) {
  const typed = list(fields, 'options').filter((title) => title.trim() !== '')
  return { options: typed.slice(0, maxTypedOptions) }
}

function datedOptions(fields: Fields) {
  const dates = typedDates(fields)
  return { dates, options: dates.map((row) => datesOf(row, zoneToReadIn(typedZone(fields))).title ?? '') }
}

/** Without a valid zone, UTC is enough to find the other mistakes. */
export function zoneToReadIn(zone: string | undefined): string {
  return zone && isTimeZone(zone) ? zone : 'UTC'
}

/** The dates, times and zone of the form that cannot be read, with a message each. */
export function problemsWithTimes({ dates = [], closesAt = '', timeZone = '' }: TypedPoll): FormErrors {
  const rows = dates.map((row, index) => [`options.${index}`, datesOf(row, zoneToReadIn(timeZone)).problem])
  const isZoneNeeded = closesAt !== '' || dates.some(hasTimes)
  const problems = [
    ...rows,
    ['closesAt', readClosingTime(closesAt, zoneToReadIn(timeZone)) === undefined ? wrongClosingTime : undefined],
    ['timeZone', isZoneNeeded ? problemWithZone(timeZone) : undefined],
  ]
  return Object.fromEntries(problems.filter(([, problem]) => problem !== undefined))
}

/** In characters. No zone has a longer name. */
const maxZoneLength = 60

const wrongClosingTime = 'Write the closing time as a date and a time, as in 2026-12-24 18:00.'

/** Undefined when the zone is known. */
export function problemWithZone(zone: string): string | undefined {
  if (zone === '') return 'Choose a time zone.'
  if (isTimeZone(zone)) return undefined
  const name = zone.length <= maxZoneLength ? ` ${zone}` : ''
  return `The time zone${name} is unknown here. Choose another one with the same time.`
}

/** Validates the form of a new poll. A zone is required only with times. */
export function readNewPoll({ voterList, dates, ...typed }: TypedPoll, roll: readonly string[]) {
  const { closesAt = '', timeZone } = typed
  return newPoll.safeParse({
    ...typed,
    ...Object.fromEntries(numberRules.map((name) => [name, numberIn(typed[name])])),
    maxChoices: typed.method === 'multiple_choice' ? numberIn(typed.maxChoices) : null,
    resultsVisible: typed.anonymous ? undefined : typed.resultsVisible,
    roll,
    timeZone: (closesAt !== '' || dates?.some(hasTimes)) && timeZone ? timeZone : null,
    closesAt: readClosingTime(closesAt, zoneToReadIn(timeZone)),
  })
}

/** Null when nothing was typed; NaN when it is no number. */
function numberIn(typed = ''): number | null {
  return typed === '' ? null : Number(typed)
}

/** What both forms need besides the typed fields. */
export async function formModel<Typed extends TypedPoll>(
  { services }: WebOptions<'clock' | 'polls'>,
  { typed, errors = {} }: PollForm<Typed>,
): Promise<PollFormModel<Typed> & { now: Date }> {
  const suggestions = await services.polls.categories()
  return { now: services.clock(), typed, errors, limits, suggestions, zones: zonesWith(typed.timeZone) }
}

/** The zones to choose from, with the chosen one, which may be an alias. */
function zonesWith(chosen = ''): readonly string[] {
  return chosen === '' || !isTimeZone(chosen) || timeZones.includes(chosen) ? timeZones : [chosen, ...timeZones]
}
