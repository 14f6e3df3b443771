import { shownDates } from './date-option.ts'
import type { Poll } from './types.ts'

/** An option's title as people read it: dates in the zone of the poll. */
export function shownTitle({ method, timeZone }: Pick<Poll, 'method' | 'timeZone'>, title: string): string {
  return method === 'dates' ? shownDates(title, timeZone ?? 'UTC') : title
}
