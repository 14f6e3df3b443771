import { Temporal } from 'temporal-polyfill'

// Days and times as they stand in fields. Browsers write them as in 2026-12-24 and 18:00; those that have no such fields
// send what somebody typed.

/** Nobody means the year 26: a year of two digits is of this century. */
const century = 2000

/** As in `2026-12-24`, empty when nothing was typed; undefined for what is no day. */
export function readDay(typed: string): string | undefined {
  const text = typed.trim()
  if (text === '') return ''
  const [, year, rest] = /^(\d{4})(-\d\d-\d\d)$/.exec(text) ?? []
  if (year === undefined) return undefined
  const full = Number(year) < 100 ? Number(year) + century : Number(year)
  return full < 1000 ? undefined : valid(() => Temporal.PlainDate.from(`${full}${rest}`).toString())
}

/** As in `18:00` or `18:00:30`, empty when nothing was typed; undefined for what is no time of a day. */
export function readTime(typed: string): string | undefined {
  const text = typed.trim()
  if (text === '') return ''
  const [, hour = '', rest] = /^(\d?\d)(:\d\d(?::\d\d(?:\.\d{1,3})?)?)$/.exec(text) ?? []
  if (rest === undefined) return undefined
  const time = valid(() => Temporal.PlainTime.from(hour.padStart(2, '0') + rest).toString())
  return time?.replace(/:00$/, '')
}

/** Such as `2026-12-24T18:00`, or with a space between; undefined for what is none. */
export function readDayAndTime(typed: string): { day: string; time: string } | undefined {
  const [days = '', times = '', ...more] = typed.trim().split(/[T ]+/i)
  const [day, time] = [readDay(days), readTime(times)]
  return day && time && more.length === 0 ? { day, time } : undefined
}

function valid(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
