import { timeAgo, untilThen } from '../polls/model/relative-time.ts'
import { exactTime } from '../polls/model/text-format.ts'

/** A time as pages show it: how long ago, or until then, and exactly. */
export type ShownTime = { iso: string; relative: string; exact: string }

export function shownTime(at: Date, now: Date): ShownTime {
  return { iso: at.toISOString(), relative: timeAgo(at, now), exact: exactTime(at) }
}

/** A time that is still to come. @param timeZone see `exactTime` */
export function comingTime(at: Date, now: Date, timeZone: string | null): ShownTime {
  return { iso: at.toISOString(), relative: untilThen(at, now), exact: exactTime(at, timeZone) }
}
