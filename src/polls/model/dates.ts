import { Temporal } from 'temporal-polyfill'
import type { Poll } from './poll.ts'

/**
 * An option of a poll of dates: days, of which `to` is the last, or times, of which `to` is the end; null without one.
 */
export type DateOption = { areDays: boolean; from: string; to: string | null }

const dayPattern = /^\d{4}-\d\d-\d\d$/
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

/**
 * How an option of a poll of dates is stored, as its title: in ISO 8601, days as `2026-12-24` or
 * `2026-12-24/2026-12-26`, times in UTC as `2026-12-24T17:00Z` or `2026-12-24T17:00Z/2026-12-24T19:00Z`. So the same
 * dates are always the same title.
 *
 * @param text the same, with any offset from UTC; undefined is returned for what is neither, or ends before it begins
 */
export function canonicalDates(text: string): string | undefined {
  const [from = '', to, ...more] = text.trim().split('/')
  const ends = to === undefined ? [from] : [from, to]
  if (more.length > 0) return undefined
  if (ends.every(isDay)) return inOrder(ends, true)
  if (!ends.every(isTime)) return undefined
  const times = ends.map(utc)
  // An offset can lead out of the years that are written with four digits.
  return times.every(isTime) ? inOrder(times, false) : undefined
}

/** @param title as `canonicalDates` gives it */
export function readDates(title: string): DateOption {
  const [from = '', to = null] = title.split('/')
  return { areDays: dayPattern.test(from), from, to }
}

/** Whether the date has ended; a time without an end, when it has started. @param zone in which days end */
export function isOver(title: string, zone: string, now: Date): boolean {
  const { areDays, from, to } = readDates(title)
  if (!areDays) return new Date(to ?? from) < now
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone).toPlainDate()
  return Temporal.PlainDate.compare(Temporal.PlainDate.from(to ?? from), today) < 0
}

/** From one day to the same is that day; from one time to the same is nothing. */
function inOrder([from = '', to]: string[], areDays: boolean): string | undefined {
  if (to === undefined || (areDays && from === to)) return from
  return from < to ? `${from}/${to}` : undefined
}

/**
 * There is no 30th of February, though JavaScript takes it for the 2nd of March. Nobody means the year 26 by 0026.
 */
function isDay(text: string): boolean {
  if (!dayPattern.test(text) || text.startsWith('0')) return false
  const at = new Date(`${text}T00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

function isTime(text: string): boolean {
  return timePattern.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(new Date(text).getTime())
}

/** To the minute, which nobody meets more exactly than. */
function utc(text: string): string {
  return new Date(text).toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z')
}

/** What is wrong with these dates, each on its own or as it is there already; undefined where nothing is. */
export function problemsWithDates(texts: readonly string[]): (string | undefined)[] {
  const dates = texts.map(canonicalDates)
  return dates.map((one, index) => {
    if (one === undefined) return problemWithDates(texts[index] ?? '')
    return dates.indexOf(one) < index ? sameDates : undefined
  })
}

/** What is wrong with what `canonicalDates` does not take. */
export function problemWithDates(text: string): string {
  const ends = text.trim().split('/')
  const areTwo = ends.length === 2 && (ends.every(isDay) || ends.every(isTime))
  return areTwo ? 'The end has to be later than the start.' : wrongDates
}

const wrongDates =
  'Write a day, or a time with its offset from UTC, or two of a kind with / between them, the earlier first: 2026-12-24, or 2026-12-24T18:00+01:00/2026-12-24T20:00+01:00.'
const sameDates = 'This is the same as another one.'

const dayParts = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const
const timeParts = { ...dayParts, hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const
const dayFormat = new Intl.DateTimeFormat('en-GB', { ...dayParts, timeZone: 'UTC' })
/** To make one takes longer than to use it. There are a few hundred zones, but many ways to write their names. */
const timeFormats = new Map<string, Intl.DateTimeFormat>()

const maxFormats = 1_000

function timeFormatIn(timeZone: string): Intl.DateTimeFormat {
  const format = timeFormats.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { ...timeParts, timeZone })
  if (timeFormats.size >= maxFormats) timeFormats.clear()
  timeFormats.set(timeZone, format)
  return format
}

/** As people read it: "Thu, 24 Dec 2026, 18:00–20:00 CET". Days are the same in every zone. */
export function shownDates(title: string, timeZone: string): string {
  const { areDays, from, to } = readDates(title)
  const format = areDays ? dayFormat : timeFormatIn(timeZone)
  return to === null ? format.format(new Date(from)) : format.formatRange(new Date(from), new Date(to))
}

/** `time` is empty for whole days. */
export type ShortDates = { day: string; time: string; hasYear: boolean }

const clockParts = { hour: '2-digit', minute: '2-digit' } as const

/**
 * For the heads of a table: "Thu 24 Dec" and "18:00–20:00". A night has only its first day. The year is left out if all
 * dates are in the same year.
 */
export function shortDates(titles: readonly string[], timeZone: string): ShortDates[] {
  const spans = titles.map((title) => {
    const { areDays, from, to } = readDates(title)
    return { areDays, from: new Date(from), to: new Date(to ?? from), zone: areDays ? 'UTC' : timeZone }
  })
  const yearIn = inZones({ year: 'numeric' })
  const years = spans.flatMap(({ from, to, zone }) => [from, to].map((at) => yearIn(zone).format(at)))
  const hasYear = new Set(years).size > 1
  const dayIn = inZones({ ...dayParts, year: hasYear ? 'numeric' : undefined })
  const clockIn = inZones(clockParts)
  return spans.map(({ areDays, from, to, zone }) => {
    const isNight = !areDays && to.getTime() - from.getTime() < dayInMs
    // Between two days is a space of another kind, where a line may break.
    const day = dayIn(zone)
      .formatRange(from, isNight ? from : to)
      .replaceAll(' ', '\u00A0')
    const clocks = [from, to].map((at) => clockIn(zone).format(at))
    return { day, time: areDays ? '' : [...new Set(clocks)].join('–'), hasYear }
  })
}

const dayInMs = 86_400_000

function inZones(parts: Intl.DateTimeFormatOptions) {
  const formats = new Map<string, Intl.DateTimeFormat>()
  return (timeZone: string): Intl.DateTimeFormat => {
    const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { ...parts, timeZone })
    formats.set(timeZone, format)
    return format
  }
}

/** The options by when they start, and days before times on that day. @param zone in which days begin */
export function inOrderOfTime<Option extends { title: string }>(options: readonly Option[], zone: string): Option[] {
  const starts = options.map((option) => ({ option, at: startOf(option.title, zone) }))
  return starts.toSorted(byStart).map(({ option }) => option)
}

type Start = { option: { title: string }; at: number }

function byStart(one: Start, other: Start): number {
  return one.at - other.at || (one.option.title < other.option.title ? -1 : 1)
}

function startOf(title: string, zone: string): number {
  const { areDays, from } = readDates(title)
  return areDays
    ? Temporal.PlainDate.from(from).toZonedDateTime(zone).epochMilliseconds
    : Temporal.Instant.from(from).epochMilliseconds
}

/** The option with its title as it is stored; undefined where that is no date. */
export function dated<Option extends { title: string }>(option: Option): Option | undefined {
  const title = canonicalDates(option.title)
  return title === undefined ? undefined : { ...option, title }
}

/** An option's title as people read it: dates in the zone of the poll. */
export function shownTitle({ method, timeZone }: Pick<Poll, 'method' | 'timeZone'>, title: string): string {
  return method === 'dates' ? shownDates(title, timeZone ?? 'UTC') : title
}
