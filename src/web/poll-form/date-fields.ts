import { Temporal } from 'temporal-polyfill'
import { canonicalDates, isOver, readDates } from '../../polls/model/dates.ts'
import { limits } from '../../polls/model/limits.ts'
import { clockAt, instantOf, isSkipped } from '../../polls/model/time-zones.ts'
import { type Fields, field, list } from '../../server/pages/forms.ts'
import { readDay, readTime } from './typed-times.ts'

/**
 * The fields of one option in a poll of dates: days as `2026-12-24`, times as `18:00`. `isPast` if the date is over, and
 * `isPastKept` if the person has confirmed these fields.
 */
export type TypedDates = {
  day: string
  from: string
  lastDay: string
  to: string
  isPast?: boolean
  isPastKept?: boolean
}

/** @param rowError the id of the element that says what is wrong */
export type DateFieldsPart = { row: TypedDates; number?: number; rowError?: string | undefined }

export const noDates: TypedDates = { day: '', from: '', lastDay: '', to: '' }

/** The option that fields make, as `canonicalDates` writes it, or what is wrong with them. */
export type ReadFields = { title: string; problem?: undefined } | { problem: string; title?: undefined }

/** The rows of fields, without empty ones. At most one more than a poll may hold, enough to detect too many. */
export function typedDates(fields: Fields): TypedDates[] {
  const [days, froms, lastDays, tos] = ['day', 'from', 'lastDay', 'to'].map((name) => list(fields, name))
  const kept = list(fields, 'pastDate')
  const rows = (days ?? []).map((day, row) => {
    return { day, from: froms?.[row] ?? '', lastDay: lastDays?.[row] ?? '', to: tos?.[row] ?? '' }
  })
  const filled = rows.filter((row) => Object.values(row).some((value) => value.trim() !== ''))
  return filled
    .slice(0, limits.options.max + 1)
    .map((row) => ({ ...row, isPastKept: kept.includes(Object.values(row).join(' ')) }))
}

/**
 * Marks a date that is over. Nobody can come, so it is nearly always a mistake, such as last year's; but a group may also
 * ask on which day it met. So the form asks, and programs that use the API may add any date.
 */
export function markedPast(row: TypedDates, zone: string, now: Date): TypedDates {
  const { title } = datesOf(row, zone)
  return { ...row, isPast: title !== undefined && isOver(title, zone, now) }
}

/** Undefined unless the date is over and not confirmed. */
export function pastProblem({ isPast, isPastKept }: TypedDates): string | undefined {
  return isPast && !isPastKept ? 'This date is in the past. Change it, or keep it.' : undefined
}

/** The time zone of the typed times; empty when none was chosen. */
export function typedZone(fields: Fields): string {
  return field(fields, 'timeZone').trim()
}

/** Whether any field holds a time. Days alone need no time zone. */
export function hasTimes({ from, to }: TypedDates): boolean {
  return (from + to).trim() !== ''
}

/**
 * Reads the fields of one option. An end without a last day is on the first day, or on the next day when it is earlier
 * than the start: 22:00 to 02:00 ends the next morning.
 *
 * @param zone of the times
 */
export function datesOf(typed: TypedDates, zone: string): ReadFields {
  const [day, lastDay] = [readDay(typed.day), readDay(typed.lastDay)]
  const [from, to] = [readTime(typed.from), readTime(typed.to)]
  if (day === undefined || lastDay === undefined) return { problem: 'Write each day as in 2026-12-24.' }
  if (from === undefined || to === undefined) return { problem: 'Write each time as in 18:00.' }
  if (day === '') return { problem: 'The day is missing.' }
  if (from === '') return to === '' ? daysOf(day, lastDay) : { problem: 'An end needs a start.' }
  if (to === '')
    return lastDay === '' ? timesOf([{ day, time: from }], zone) : { problem: 'The end time is missing. Add it.' }
  if (from === to && (lastDay || day) === day)
    return { problem: 'The end is the same as the start. Change one of them.' }
  if (lastDay !== '' && `${lastDay} ${to}` < `${day} ${from}`)
    return { problem: 'The end is before the start. Change one of them.' }
  const end = { day: lastDay || (to < from ? dayAfter(day) : day), time: to }
  return timesOf([{ day, time: from }, end], zone)
}

/** The typed fields as one text. */
export function inWords(typed: TypedDates, zone: string): string {
  const named = { Day: typed.day, from: typed.from, to: typed.to, 'last day': typed.lastDay }
  const filled = Object.entries(named).filter(([, value]) => value.trim() !== '')
  const zoneNamed = hasTimes(typed) ? [`times in ${zone.replaceAll('_', ' ')}`] : []
  return [...filled.map(([name, value]) => `${name} ${value}`), ...zoneNamed].join(', ').replace(/\s+/g, ' ')
}

function daysOf(day: string, lastDay: string): ReadFields {
  if (lastDay !== '' && lastDay < day) return { problem: 'The last day is before the first day. Change one of them.' }
  return titled(lastDay === '' ? day : `${day}/${lastDay}`)
}

function timesOf(ends: { day: string; time: string }[], zone: string): ReadFields {
  const read = titled(ends.map((end) => instantOf(end, zone)?.toString() ?? '').join('/'))
  const skipped = read.problem !== undefined && ends.find((end) => isSkipped(end, zone))
  if (!skipped) return read
  return { problem: `Clocks in ${zone} skip ${skipped.time} on ${skipped.day}. Choose another time.` }
}

function titled(text: string): ReadFields {
  const title = canonicalDates(text)
  return title === undefined ? { problem: 'The year is too large. Choose a day before the year 10000.' } : { title }
}

function dayAfter(day: string): string {
  return Temporal.PlainDate.from(day).add({ days: 1 }).toString()
}

/** The fields that make these dates. @param title as it is stored */
export function datesIn(title: string, zone: string): TypedDates {
  const { areDays, from, to } = readDates(title)
  if (areDays) return { ...noDates, day: from, lastDay: to ?? '' }
  const start = clockAt(Temporal.Instant.from(from), zone)
  if (to === null) return { ...noDates, day: start.day, from: start.time }
  const end = clockAt(Temporal.Instant.from(to), zone)
  const isSameNight = end.day === start.day || (end.day === dayAfter(start.day) && end.time < start.time)
  return { day: start.day, from: start.time, lastDay: isSameNight ? '' : end.day, to: end.time }
}
