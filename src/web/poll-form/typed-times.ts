import { Temporal } from 'temporal-polyfill'
import { clockAt, instantOf } from '../../polls/model/time-zones.ts'
import { type Fields, field } from '../../server/pages/forms.ts'

// Days and times in form fields. Browsers write them as in 2026-12-24 and 18:00; browsers without date and time fields
// send what people typed.

/** A year of two digits is in this century. */
const century = 2000

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthName = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\\.?'

/**
 * How people write a day where a browser has no date field. Ambiguous forms such as 03/04/2026 are not accepted.
 */
const dayForms = [
  /^(?<year>\d{4})([-/.])(?<month>\d\d?)\2(?<day>\d\d?)$/,
  /^(?<day>\d\d?)\. ?(?<month>\d\d?)\. ?(?<year>\d{4}|\d\d)$/,
  new RegExp(`^(?<day>\\d\\d?)\\.? (?<name>${monthName}),? (?<year>\\d{4})$`, 'i'),
  new RegExp(`^(?<name>${monthName}) (?<day>\\d\\d?),? (?<year>\\d{4})$`, 'i'),
]

const timeForms = [
  /^(?<hour>\d\d?)[:.](?<minute>\d\d)(?<rest>:\d\d(?:\.\d{1,3})?)?$/,
  /^(?<hour>\d\d?) ?h ?(?<minute>\d\d)?$/i,
  /^(?<hour>\d\d)(?<minute>\d\d)$/,
  /^(?<hour>\d\d?)(?:[:.](?<minute>\d\d))? ?(?<half>[ap])\.?m\.?$/i,
]

/** Longer texts are neither a day nor a time. */
const maxTypedLength = 60

/** As in `2026-12-24`; empty when nothing was typed; undefined when it is no day. */
export function readDay(typed: string): string | undefined {
  const text = inOneLine(typed)
  if (text === '') return ''
  const { year = '', month, name, day } = partsOf(text, dayForms)
  const full = Number(year) < 100 ? Number(year) + century : Number(year)
  if (year === '' || full < 1000) return undefined
  const number = name ? months.indexOf(name.slice(0, 3).toLowerCase()) + 1 : Number(month)
  return valid(() => Temporal.PlainDate.from({ year: full, month: number, day: Number(day) }, strictly).toString())
}

/** As in `18:00` or `18:00:30`; empty when nothing was typed; undefined when it is no time. */
export function readTime(typed: string): string | undefined {
  const text = inOneLine(typed)
  if (text === '') return ''
  const { hour, minute = '00', rest = '', half } = partsOf(text, timeForms)
  if (hour === undefined || (half && (Number(hour) < 1 || Number(hour) > 12))) return undefined
  const shown = half ? (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0) : Number(hour)
  const time = valid(() => Temporal.PlainTime.from(`${String(shown).padStart(2, '0')}:${minute}${rest}`).toString())
  return time?.replace(/:00$/, '')
}

/** Reads `2026-12-24T18:00`, or with a space or a comma between; undefined when it is no day and time. */
function readDayAndTime(typed: string): { day: string; time: string } | undefined {
  const text = inOneLine(typed)
  if (text.length > maxTypedLength) return undefined
  for (const { index, 0: between } of text.matchAll(/,? |T/gi)) {
    const [day, time] = [readDay(text.slice(0, index)), readTime(text.slice(index + between.length))]
    if (day && time) return { day, time }
  }
  return undefined
}

function inOneLine(typed: string): string {
  return typed.length > maxTypedLength ? typed : typed.trim().replace(/\s+/g, ' ')
}

function partsOf(text: string, forms: readonly RegExp[]): Partial<Record<string, string>> {
  if (text.length > maxTypedLength) return {}
  for (const form of forms) {
    const parts = form.exec(text)?.groups
    if (parts) return parts
  }
  return {}
}

const strictly = { overflow: 'reject' } as const

function valid(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** A closing time as browsers write it (`2026-12-24T18:00`); empty without one. */
export function shownClosingTime(closesAt: Date | null, zone: string): string {
  if (!closesAt) return ''
  const { day, time } = clockAt(Temporal.Instant.fromEpochMilliseconds(closesAt.getTime()), zone)
  return `${day}T${time}`
}

/** Undefined when the form has no closing time, as for a closed poll. */
export function typedClosingTime(fields: Fields): string | undefined {
  return fields.closesAt === undefined ? undefined : field(fields, 'closesAt').trim()
}

/** In ISO 8601; null when nothing was typed; undefined when it is no day and time. @param zone of the typed time */
export function readClosingTime(typed: string, zone: string): string | null | undefined {
  if (typed === '') return null
  const clock = readDayAndTime(typed)
  return clock && instantOf(clock, zone)?.toString({ fractionalSecondDigits: 3 })
}
