/** A moment, for machines and for people. */
export type Moment = { iso: string; text: string }

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** The time of day, with the day unless that is today; where the sandbox runs, which is where it is looked at. */
export function moment(at: Date, now: Date): Moment {
  const isToday = at.toDateString() === now.toDateString()
  return { iso: at.toISOString(), text: isToday ? time.format(at) : `${day.format(at)}, ${time.format(at)}` }
}
