const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' })

/** A time for people whose zone is not known, such as "Thursday, 24 December 2026 at 18:00 UTC". */
export function exactTime(at: Date): string {
  return `${exact.format(at)} UTC`
}
