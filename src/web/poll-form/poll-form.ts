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
import { type Fields, type FormErrors, field, list } from '../../server/pages/forms.ts'
import type { WebOptions } from '../web-options.ts'
import { datesOf, hasTimes, type TypedDates, typedDates, typedZone } from './date-fields.ts'
import { readClosingTime, typedClosingTime } from './typed-times.ts'
import { type TypedVoterList, typedVoterList } from './voter-list-field.ts'

/** What stands in the form of a poll, right or wrong. What is asked only of a new poll is left out for an old one. */
export type TypedPoll = {
  title: string
  description: string
  category: string
  optionsOpen: boolean
  votersSignedIn: boolean
  /** A date and a time in the zone below, as browsers write them; undefined where the form asks for none. */
  closesAt?: string | undefined
  method?: string
  resultsVisible?: string
  voterList?: TypedVoterList
  /** In which all times of the form are; empty until one is chosen, undefined where the form has no times. */
  timeZone?: string | undefined
  /** Of a poll of dates, what stands in the fields of its options. */
  dates?: TypedDates[]
  options: string[]
} & { [Name in NumberRule]?: string } & { [Name in FlagRule]?: boolean }

export type PollForm = { typed: TypedPoll; errors?: FormErrors }

const emptyNumbers = Object.fromEntries(numberRules.map((name) => [name, ''])) as Record<NumberRule, string>

export const emptyPoll: TypedPoll = {
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

/** Rows that were left empty are no options. */
export function typedPoll(fields: Fields): TypedPoll {
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

/** More than a poll holds, so that a list that is too long comes back to be shortened. */
const maxTypedOptions = 10 * limits.options.max

function titledOptions(fields: Fields) {
  const typed = list(fields, 'options').filter((title) => title.trim() !== '')
  return { options: typed.slice(0, maxTypedOptions) }
}

function datedOptions(fields: Fields) {
  const dates = typedDates(fields)
  return { dates, options: dates.map((row) => datesOf(row, zoneToReadIn(typedZone(fields))).title ?? '') }
}

/** Any zone will do to say what else is wrong with times. */
export function zoneToReadIn(zone: string | undefined): string {
  return zone && isTimeZone(zone) ? zone : 'UTC'
}

/** What is wrong with the dates and times of a form, and not only with what they mean. */
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

/** Names of zones are shorter, in characters. */
const maxZoneLength = 60

const wrongClosingTime = 'Write the closing time as a date and a time, as in 2026-12-24 18:00.'

/** What is wrong with a zone that was chosen, or was not. */
export function problemWithZone(zone: string): string | undefined {
  if (zone === '') return 'Choose the time zone in which these times are.'
  if (isTimeZone(zone)) return undefined
  const name = zone.length <= maxZoneLength ? ` ${zone}` : ''
  return `The time zone${name} is not known here. Choose another one with the same time.`
}

/** The new poll that is asked for, or what is wrong with it. The zone is only asked for where there are times. */
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

/** Null when nothing was typed; not a number when that is none. */
function numberIn(typed = ''): number | null {
  return typed === '' ? null : Number(typed)
}

/** What both forms show beside what was typed. */
export async function formModel({ services }: WebOptions<'clock' | 'polls'>, { typed, errors = {} }: PollForm) {
  const suggestions = await services.polls.categories()
  return { now: services.clock(), typed, errors, limits, suggestions, zones: zonesWith(typed.timeZone) }
}

/** Zones to choose from, and the one that is chosen, under whichever name. */
export function zonesWith(chosen = ''): readonly string[] {
  return chosen === '' || !isTimeZone(chosen) || timeZones.includes(chosen) ? timeZones : [chosen, ...timeZones]
}
