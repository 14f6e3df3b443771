import type { Refusal } from '../errors.ts'
import { canonicalDates, readDates } from './date-option.ts'
import type { Change } from './events.ts'
import { shownTitle } from './option-title.ts'
import { refuse } from './refuse.ts'
import { sameClock } from './time-zones.ts'
import type { Poll } from './types.ts'

/** `closesAt` is when the poll is to close then, in ISO 8601; undefined when it does not close by itself. */
type ZoneChange = {
  timeZone?: Change<string | null>
  movedDates?: ({ id: string } & Change<string>)[]
  closesAt?: string | undefined
}

/** What comes of another zone for all times of a poll, which stay what the clock shows; nothing when it is so already. */
export function zoneChange(poll: Poll, to: string | undefined): ZoneChange | Refusal {
  const from = poll.timeZone ?? 'UTC'
  if (to === undefined || to === from) return {}
  if (poll.status === 'closed')
    return refuse(poll, 'poll_closed', 'This poll is closed. Reopen it before you change its time zone.', 'timeZone')
  const closesAt = poll.closesAt ? sameClock(poll.closesAt.toISOString(), from, to).toString() : undefined
  const change = { timeZone: { from: poll.timeZone, to }, closesAt }
  if (poll.method !== 'dates') return change

  const dates = [...poll.options, ...poll.proposals]
  const moved = dates.map(({ id, title }) => ({ id, from: title, to: movedTitle(title, from, to) }))
  const wrong = moved.find((one, index) => moved.findIndex((other) => other.to === one.to) < index || !one.to)
  if (wrong) return refuse(poll, 'invalid_input', skipped(shownTitle(poll, wrong.from), to), 'timeZone')
  const movedDates = moved.flatMap((one) => (one.to !== undefined && one.to !== one.from ? { ...one, to: one.to } : []))
  return { ...change, ...(movedDates.length > 0 && { movedDates }) }
}

/** Undefined when the end would not be after the start, as clocks skip a time there. */
function movedTitle(title: string, from: string, to: string): string | undefined {
  const { areDays, from: start, to: end } = readDates(title)
  if (areDays) return title
  const ends = [start, ...(end === null ? [] : [end])]
  return canonicalDates(ends.map((time) => sameClock(time, from, to).toString()).join('/'))
}

function skipped(date: string, zone: string): string {
  return `In ${zone}, clocks skip a time of “${date}”. Change this date first.`
}
