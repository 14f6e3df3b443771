import { z } from 'zod'
import { type Fields, field } from '../pages/forms.ts'

/**
 * What stands in a form for when a poll closes, right or wrong: a date and a time as browsers write them, and by how
 * many minutes that is ahead of UTC. A script fills in the latter; without it the time is in UTC.
 */
export type TypedClosingTime = { closesAt: string; closesAtOffset: string }

/** What is shown of a closing time before anybody has typed. */
export function shownClosingTime(closesAt: Date | null): TypedClosingTime {
  return { closesAt: closesAt?.toISOString().slice(0, 16) ?? '', closesAtOffset: '' }
}

/** Undefined when the form asks for no closing time, as for a poll that is closed. */
export function typedClosingTime(fields: Fields): TypedClosingTime | undefined {
  if (fields.closesAt === undefined) return undefined
  return { closesAt: field(fields, 'closesAt').trim(), closesAtOffset: field(fields, 'closesAtOffset') }
}

/** In ISO 8601; null when there shall be none; what cannot be read is handed on for whoever says what is wrong. */
export function readClosingTime({ closesAt, closesAtOffset }: TypedClosingTime): string | null {
  if (closesAt === '') return null
  const asUtc = `${closesAt.replace(' ', 'T').replace(/T\d\d:\d\d$/, '$&:00')}Z`
  if (!z.iso.datetime().safeParse(asUtc).success) return closesAt
  return new Date(Date.parse(asUtc) - minutesAhead(closesAtOffset) * 60_000).toISOString()
}

/** Whether that is what the form had shown, which leaves out the seconds of a time that a program has set. */
export function isAsShown(typed: TypedClosingTime, closesAt: Date | null): boolean {
  const read = readClosingTime(typed)
  return (read?.slice(0, 16) ?? '') === shownClosingTime(closesAt).closesAt
}

/** No zone is further from UTC than this, in minutes. */
const mostAhead = 15 * 60

function minutesAhead(offset: string): number {
  const minutes = Number(offset)
  return Number.isInteger(minutes) && Math.abs(minutes) <= mostAhead ? minutes : 0
}
