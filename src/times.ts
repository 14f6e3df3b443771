import { LRUCache } from 'lru-cache'

const parts = {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
} as const

/** To make one takes longer than to use it. */
const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: 500 })

/**
 * A time for people whose zone is not known, such as "Thursday, 24 December 2026 at 18:00 UTC".
 *
 * @param timeZone in which it is shown, such as that of the poll; UTC when it is null
 */
export function exactTime(at: Date, timeZone: string | null = null): string {
  const zone = timeZone ?? 'UTC'
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: zone })
  formats.set(zone, format)
  return format.format(at)
}
