import { Refusal } from '../../errors.ts'
import { canonicalDates, readDates, shownTitle } from '../model/dates.ts'
import type { Change, EventFacts } from '../model/events.ts'
import { limits } from '../model/limits.ts'
import type { Poll, PollState } from '../model/poll.ts'
import { sameClock } from '../model/time-zones.ts'
import { closing } from './closing.ts'
import { refuse } from './permissions.ts'

/** The event that closes a poll whose closing time has passed; else undefined. */
export function closingOnTime(state: PollState, now: Date): EventFacts | undefined {
  return isDue(state.poll, now) ? { ...closing(state), onTime: true } : undefined
}

export function isDue({ status, deletedAt, closesAt }: Poll, now: Date): boolean {
  return status === 'open' && !deletedAt && closesAt !== null && closesAt <= now
}

/** The closing time of a new poll, in ISO 8601 and UTC. @param closesAt ISO 8601 */
export function firstClosingTime(closesAt: string | null | undefined, now: Date): { closesAt?: string } | Refusal {
  if (!closesAt) return {}
  const problem = problemWithClosingTime(closesAt, now)
  if (!problem) return { closesAt: utc(closesAt) }
  return new Refusal('invalid_input', problem, { problems: [{ path: 'closesAt', message: problem }] })
}

/** The change of a closing time; empty if it stays. */
export function closingTimeChange(
  poll: Poll,
  closesAt: string | null | undefined,
  now: Date,
): { closesAt?: Change<string | null> } | Refusal {
  if (closesAt === undefined) return {}
  const change = { from: poll.closesAt?.toISOString() ?? null, to: closesAt === null ? null : utc(closesAt) }
  if (change.from === change.to) return {}
  if (poll.status === 'closed') {
    return refuse(poll, 'poll_closed', 'This poll is closed. Reopen it before you say when it closes.', 'closesAt')
  }
  const problem = closesAt === null ? undefined : problemWithClosingTime(closesAt, now)
  return problem ? refuse(poll, 'invalid_input', problem, 'closesAt') : { closesAt: change }
}

const dayInMs = 86_400_000

/** What is wrong with this closing time, if anything. @param closesAt ISO 8601 */
export function problemWithClosingTime(closesAt: string, now: Date): string | undefined {
  const days = (new Date(closesAt).getTime() - now.getTime()) / dayInMs
  if (days <= 0) return 'The closing time is in the past. Choose a later one, or none.'
  const most = limits.daysOpen.max
  if (days > most) return `The closing time is too far away: it can be at most ${most.toLocaleString('en')} days ahead.`
}

function utc(time: string): string {
  return new Date(time).toISOString()
}

/** `closesAt` is the new closing time in ISO 8601; undefined without one. */
type ZoneChange = {
  timeZone?: Change<string | null>
  movedDates?: ({ id: string } & Change<string>)[]
  closesAt?: string | undefined
}

/** The changes that another time zone makes: all times keep what the clock shows. Empty if the zone stays. */
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

/** Undefined if the end would not be after the start, as clocks skip a time in that zone. */
function movedTitle(title: string, from: string, to: string): string | undefined {
  const { areDays, from: start, to: end } = readDates(title)
  if (areDays) return title
  const ends = [start, ...(end === null ? [] : [end])]
  return canonicalDates(ends.map((time) => sameClock(time, from, to).toString()).join('/'))
}

function skipped(date: string, zone: string): string {
  return `In ${zone}, clocks skip a time of “${date}”. Change this date first.`
}
