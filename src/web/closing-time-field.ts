import { Temporal } from 'temporal-polyfill'
import { type Fields, field } from '../pages/forms.ts'
import { clockAt, instantOf } from '../polls/time-zones.ts'
import { readDayAndTime } from './typed-times.ts'

/** What a form shows of a closing time, as browsers write it (`2026-12-24T18:00`); empty without one. */
export function shownClosingTime(closesAt: Date | null, zone: string): string {
  if (!closesAt) return ''
  const { day, time } = clockAt(Temporal.Instant.fromEpochMilliseconds(closesAt.getTime()), zone)
  return `${day}T${time}`
}

/** Undefined when the form asks for no closing time, as for a poll that is closed. */
export function typedClosingTime(fields: Fields): string | undefined {
  return fields.closesAt === undefined ? undefined : field(fields, 'closesAt').trim()
}

/** In ISO 8601; null when nothing was typed; undefined for what is no date and time. @param zone in which it is typed */
export function readClosingTime(typed: string, zone: string): string | null | undefined {
  if (typed === '') return null
  const clock = readDayAndTime(typed)
  return clock && instantOf(clock, zone)?.toString({ fractionalSecondDigits: 3 })
}
