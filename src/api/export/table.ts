import { Temporal } from 'temporal-polyfill'
import { readDates, shownTitle } from '../../polls/model/dates.ts'
import { withoutDirectionControls } from '../../polls/model/direction.ts'
import type { Poll } from '../../polls/model/poll.ts'

/** A time is what a clock in the poll's zone shows. */
export type Cell = string | number | Temporal.PlainDateTime | null

/** `decimals` is how many digits after the point its numbers have. */
export type Column = { name: string; decimals?: number }

/** A table to download. */
export type Table = { columns: readonly Column[]; rows: AsyncIterable<Cell[]> | Iterable<Cell[]> }

/** A text that people typed, in one line that reads in its own direction. */
export function typedCell(text: string): string {
  return withoutDirectionControls(text).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}

/** An option's title. Days stay as in 2026-12-24; times are shown in the poll's zone. */
export function titleCell(poll: Poll, title: string): string {
  return typedCell(poll.method === 'dates' && readDates(title).areDays ? title : shownTitle(poll, title))
}

export function timeCell(at: Date, { timeZone }: Pick<Poll, 'timeZone'>): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(timeZone ?? 'UTC')
    .toPlainDateTime()
    .round({ smallestUnit: 'second', roundingMode: 'trunc' })
}
