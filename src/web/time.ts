import { exactTime } from '../polls/model/text-format.ts'

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** A time as pages show it: how long ago, or until then, and exactly. */
export type ShownTime = { iso: string; relative: string; exact: string }

export function shownTime(at: Date, now: Date): ShownTime {
  return { iso: at.toISOString(), relative: relativeTime(at, now), exact: exactTime(at) }
}

/** A time that is still to come. @param timeZone see `exactTime` */
export function comingTime(at: Date, now: Date, timeZone: string | null): ShownTime {
  return { iso: at.toISOString(), relative: untilThen(at, now), exact: exactTime(at, timeZone) }
}

/** How long until then, such as "in 5 minutes"; at least a minute, as nobody counts seconds. */
export function untilThen(at: Date, now: Date): string {
  const seconds = 60 * Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 60_000))
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? units[5]
  return relative.format(Math.round(seconds / length), unit)
}

function relativeTime(at: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - at.getTime()) / 1000)
  const unit = units.find(([, length]) => seconds >= length)
  return unit ? relative.format(-Math.floor(seconds / unit[1]), unit[0]) : 'just now'
}
