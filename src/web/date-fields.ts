import { Temporal } from 'temporal-polyfill'
import { type Fields, field, list } from '../pages/forms.ts'
import { readDates } from '../polls/date-option.ts'

/** What stands in the fields of one option of a poll of dates: days as `2026-12-24`, times as `18:00`. */
export type TypedDates = { day: string; from: string; lastDay: string; to: string }

export const noDates: TypedDates = { day: '', from: '', lastDay: '', to: '' }

/** What is said beside fields that make no dates. */
export const wrongFields = 'Choose a day, and whatever else there is after it; an end needs a beginning.'

/** Rows of fields; those in which nothing stands are left out. */
export function typedDates(fields: Fields): TypedDates[] {
  const [days, froms, lastDays, tos] = ['day', 'from', 'lastDay', 'to'].map((name) => list(fields, name))
  const rows = (days ?? []).map((day, row): TypedDates => {
    return { day, from: froms?.[row] ?? '', lastDay: lastDays?.[row] ?? '', to: tos?.[row] ?? '' }
  })
  return rows.filter((row) => Object.values(row).some((value) => value.trim() !== ''))
}

/** The zone in which times are typed; UTC when none was chosen. */
export function typedZone(fields: Fields): string {
  return field(fields, 'timeZone') || 'UTC'
}

/**
 * Dates as `canonicalDates` reads them; what it does not take where these make none. A time that a clock leaves out
 * when it is put forward is taken as so much later, and one that comes twice as the first.
 *
 * @param zone in which the times are
 */
export function datesOf({ day, from, lastDay, to }: TypedDates, zone: string): string {
  if (from === '') return to === '' ? [day, lastDay].filter(Boolean).join('/') : ''
  const ends = [at(day, from, zone)]
  if (to !== '') ends.push(at(lastDay || day, to, zone))
  else if (lastDay !== '') return ''
  return ends.join('/')
}

/** The fields that make these dates. @param title as it is stored */
export function datesIn(title: string, zone: string): TypedDates {
  const { areDays, from, to } = readDates(title)
  if (areDays) return { ...noDates, day: from, lastDay: to ?? '' }
  const [start, end] = [from, to].map((time) => time && Temporal.Instant.from(time).toZonedDateTimeISO(zone))
  const day = start ? start.toPlainDate().toString() : ''
  const lastDay = end ? end.toPlainDate().toString() : ''
  return { day, from: clock(start), lastDay: lastDay === day ? '' : lastDay, to: clock(end) }
}

function clock(time: Temporal.ZonedDateTime | '' | null | undefined): string {
  return time ? time.toPlainTime().toString({ smallestUnit: 'minute' }) : ''
}

function at(day: string, time: string, zone: string): string {
  try {
    return Temporal.PlainDateTime.from(`${day}T${time}`).toZonedDateTime(zone).toInstant().toString()
  } catch (error) {
    if (error instanceof RangeError) return ''
    throw error
  }
}
