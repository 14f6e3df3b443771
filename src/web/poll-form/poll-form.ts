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
import { problemWithClosingTime } from '../../polls/rules/closing-time.ts'
import { type Fields, type FormErrors, field, list, type SavedPart } from '../../server/pages/forms.ts'
import type { ViewContext } from '../../server/views.ts'
import type { WebOptions } from '../web-options.ts'
import { datesOf, hasTimes, markedPast, pastProblem, type TypedDates, typedDates, typedZone } from './date-fields.ts'
import { type Preset, type presets, type TypedPreset, typedPreset } from './presets.ts'
import { labels } from './rule-labels.ts'
import { readClosingTime, typedClosingTime } from './typed-times.ts'
import { type TypedVoterList, typedVoterList } from './voter-list-field.ts'

/** The form of a poll as it was typed, valid or not. The optional fields appear only in the form of a new poll. */
export type TypedPoll = {
  title: string
  description: string
  category: string
  optionsOpen: boolean
  votersSignedIn: boolean
  unlisted: boolean
  /** A date and a time in `timeZone`, as browsers write them; undefined where the form has no such field. */
  closesAt?: string | undefined
  preset?: Preset
  method?: string
  /** How people vote in an anonymous vote, the only preset that asks for it. */
  methodField?: string
  resultsVisible?: string
  voterList?: TypedVoterList
  /** The zone of the poll, and of all times in the form; empty until one is chosen, undefined in that of a closed poll. */
  timeZone?: string | undefined
  /** The rows of options. They stay while the form asks for dates. */
  titles?: string[]
  /** The rows of dates. They stay while the form asks for options. */
  dates?: TypedDates[]
  /** The options that the poll gets: of its titles or of its dates. */
  options: string[]
} & { [Name in NumberRule]?: string } & { [Name in FlagRule]?: boolean }

/** What stands in the form of a new poll, which asks for all rules. */
export type TypedNewPoll = TypedPoll & { notPostedTo: string[] } & Required<
    Pick<TypedPoll, NumberRule | FlagRule | keyof TypedPreset | 'resultsVisible' | 'voterList' | 'titles' | 'dates'>
  >

export type PollForm<Typed extends TypedPoll = TypedPoll> = { typed: Typed; errors?: FormErrors }

const emptyNumbers = Object.fromEntries(numberRules.map((name) => [name, ''])) as Record<NumberRule, string>

export type PollFormModel<Typed extends TypedPoll = TypedPoll> = {
  typed: Typed
  errors: FormErrors
  limits: typeof limits
  suggestions: readonly string[]
  zones: readonly string[]
  labels: typeof labels
}

/** @param name of the field, if it is not `timeZone` */
export type ZonePart = {
  errors: { timeZone?: string }
  typed: { timeZone?: string | null }
  zones: readonly string[]
  name?: string
}
/**
 * @param more when the field counts, for readers without style sheets
 * @param saved the id of what was saved meanwhile
 */
export type NumberPart = {
  name: NumberRule
  label: string
  hint: string
  more: string
  value: string
  error: string | undefined
  saved?: string | undefined
}

type Labelled = Pick<PollFormModel, 'labels'>
type FieldsPart<Field extends string, Typed = TypedPoll> = { typed: Typed; errors: { [Name in Field]?: string } }
export type PollFieldsPart = FieldsPart<'title' | 'description'> & Pick<SavedPart, 'saved'>
export type PresetsPart = FieldsPart<'method', TypedNewPoll> & { presets: typeof presets }
export type PollMethodPart = FieldsPart<'maxChoices', TypedNewPoll> & Labelled & { limits: typeof limits }
export type OptionRowsPart = {
  typed: TypedNewPoll
  errors: FormErrors
  limits: typeof limits
  zones: readonly string[]
}
export type PollSettingsPart = ViewContext &
  Labelled &
  FieldsPart<'category' | 'closesAt' | 'timeZone' | 'votersSignedIn'> &
  Pick<SavedPart, 'saved'> & {
    suggestions: readonly string[]
    zones: readonly string[]
    /** Of a poll that has been created: whether its options are dates. */
    areDates?: boolean
  }
/** The rooms of chats that get new polls. Guests may not see their names: they get one box for all. */
export type FlowsPart = {
  typed: Pick<TypedNewPoll, 'notPostedTo'>
  flows: readonly Flow[]
  roomIds: readonly string[]
  /** What guests read instead of the names. */
  postedIn: string
}
export type Flow = { id: string; roomName: string; categories: readonly string[] }
export type WhoFindsPart = FieldsPart<never>
export type PollRulesPart = ViewContext & Labelled & { typed: TypedNewPoll; errors: FormErrors; limits: typeof limits }

export const emptyPoll: TypedNewPoll = {
  title: '',
  description: '',
  category: '',
  ...defaultFlags,
  optionsOpen: false,
  ...emptyNumbers,
  preset: 'single_choice',
  method: defaultRules.method,
  methodField: defaultRules.method,
  resultsVisible: defaultRules.resultsVisible,
  closesAt: '',
  timeZone: '',
  voterList: { roll: '', checkedRoll: '' },
  notPostedTo: [],
  titles: [],
  dates: [],
  options: [],
}

/** Empty rows are ignored. */
export function typedPoll(fields: Fields): TypedNewPoll {
  const preset = typedPreset(fields)
  const timeZone = zoneIn(fields, preset)
  const titles = list(fields, 'options').filter((title) => title.trim() !== '')
  const dates = typedDates(fields)
  const dateTitles = () => dates.map((row) => datesOf(row, zoneToReadIn(timeZone)).title ?? '')
  return {
    title: field(fields, 'title'),
    description: field(fields, 'description'),
    category: field(fields, 'category'),
    ...typedFlags(fields),
    ...typedNumbers(fields),
    closesAt: typedClosingTime(fields),
    timeZone,
    ...preset,
    resultsVisible: field(fields, 'resultsVisible') || 'always',
    voterList: typedVoterList(fields),
    notPostedTo: roomsLeftOut(list(fields, 'offeredRoom'), list(fields, 'postTo')),
    titles: titles.slice(0, maxTypedOptions),
    dates,
    options: preset.method === 'dates' ? dateTitles() : titles.slice(0, maxTypedOptions),
  }
}

/** @param postTo ids of rooms, or `all` */
function roomsLeftOut(offered: readonly string[], postTo: readonly string[]): string[] {
  return postTo.includes('all') ? [] : offered.filter((id) => !postTo.includes(id))
}

/** Dates have a field for their zone. Undefined where the form has no times. */
function zoneIn(fields: Fields, { method }: TypedPreset): string | undefined {
  if (method === 'dates' && fields.datesZone !== undefined) return field(fields, 'datesZone').trim()
  return fields.timeZone === undefined ? undefined : typedZone(fields)
}

function typedFlags(fields: Fields) {
  return Object.fromEntries(flagRules.map((name) => [name, field(fields, name) === 'on'])) as Record<FlagRule, boolean>
}

function typedNumbers(fields: Fields) {
  return Object.fromEntries(numberRules.map((name) => [name, field(fields, name).trim()])) as Record<NumberRule, string>
}

/** More than a poll may hold, so people get a list that is too long back and can shorten it. */
const maxTypedOptions = 10 * limits.options.max

/** Without a valid zone, UTC is enough to find the other mistakes. */
export function zoneToReadIn(zone: string | undefined): string {
  return zone && isTimeZone(zone) ? zone : 'UTC'
}

/** The dates, times and zone of the form that cannot be read, with a message each. */
export function problemsWithTimes({ closesAt = '', timeZone = '', ...typed }: TypedPoll): FormErrors {
  const dates = datesIn(typed)
  const rows = dates.map((row, index) => [
    `options.${index}`,
    datesOf(row, zoneToReadIn(timeZone)).problem ?? pastProblem(row),
  ])
  const isZoneNeeded = closesAt !== '' || dates.some(hasTimes)
  const problems = [
    ...rows,
    ['closesAt', readClosingTime(closesAt, zoneToReadIn(timeZone)) === undefined ? wrongClosingTime : undefined],
    ['timeZone', isZoneNeeded ? problemWithZone(timeZone) : undefined],
  ]
  return Object.fromEntries(problems.filter(([, problem]) => problem !== undefined))
}

/** Marks the dates that are over (see `markedPast`). */
export function withPastDates(typed: TypedNewPoll, now: Date): TypedNewPoll {
  const zone = zoneToReadIn(typed.timeZone)
  return { ...typed, dates: typed.dates.map((row) => markedPast(row, zone, now)) }
}

/** In characters. No zone has a longer name. */
const maxZoneLength = 60

const wrongClosingTime = 'Write the closing time as a date and a time, as in 2026-12-24 18:00.'

/** The domain refuses it anyway. Here it is found with all other problems. */
export function pastClosingTime({ closesAt = '', timeZone }: TypedPoll, now: Date): FormErrors {
  const time = readClosingTime(closesAt, zoneToReadIn(timeZone))
  const problem = time ? problemWithClosingTime(time, now) : undefined
  return problem === undefined ? {} : { closesAt: problem }
}

/** Undefined when the zone is known. */
export function problemWithZone(zone: string): string | undefined {
  if (zone === '') return 'Choose a time zone.'
  if (isTimeZone(zone)) return undefined
  const name = zone.length <= maxZoneLength ? ` ${zone}` : ''
  return `The time zone${name} is unknown here. Choose another one with the same time.`
}

function datesIn({ method, dates = [] }: Pick<TypedPoll, 'method' | 'dates'>): TypedDates[] {
  return method === 'dates' ? dates : []
}

/**
 * Validates the form of a new poll. A zone is required only with times, and an unknown one ignored without. Fields that the
 * form hides, as they do not fit the preset or another rule, are ignored.
 */
export function readNewPoll(form: TypedNewPoll, roll: readonly string[]) {
  const { preset, methodField, voterList, titles, dates, ...typed } = form
  const { closesAt = '', timeZone, method } = typed
  const anonymous = typed.anonymous || preset === 'anonymous'
  const isLimited = !anonymous && (method === 'single_choice' || method === 'multiple_choice')
  return newPoll.safeParse({
    ...typed,
    ...Object.fromEntries(numberRules.map((name) => [name, numberIn(typed[name])])),
    anonymous,
    maxChoices: method === 'multiple_choice' ? numberIn(typed.maxChoices) : null,
    capacity: isLimited ? numberIn(typed.capacity) : null,
    electorate: roll.length > 0 ? null : numberIn(typed.electorate),
    resultsVisible: anonymous ? undefined : typed.resultsVisible,
    roll,
    timeZone: timeZone && isTimeZone(timeZone) ? timeZone : null,
    closesAt: readClosingTime(closesAt, zoneToReadIn(timeZone)),
  })
}

/** Null when nothing was typed; NaN when it is no number. */
export function numberIn(typed = ''): number | null {
  return typed === '' ? null : Number(typed)
}

/** What both forms need besides the typed fields. */
export async function formModel<Typed extends TypedPoll>(
  { services }: WebOptions<'clock' | 'polls'>,
  { typed, errors = {} }: PollForm<Typed>,
): Promise<PollFormModel<Typed> & { now: Date }> {
  const suggestions = await services.polls.categories()
  return { now: services.clock(), typed, errors, limits, suggestions, zones: zonesWith(typed.timeZone), labels }
}

/** The zones to choose from, with the chosen one, which may be an alias. */
function zonesWith(chosen = ''): readonly string[] {
  return chosen === '' || !isTimeZone(chosen) || timeZones.includes(chosen) ? timeZones : [chosen, ...timeZones]
}
