import { tokenize } from 'linkifyjs'
import { LRUCache } from 'lru-cache'

/** A stretch of text, and where it leads if it is a link. */
export type TextPart = { text: string; href?: string }

/** Finds the links in plain text. Only http and https are links; everything else stays text. */
export function linked(text: string): TextPart[] {
  return tokenize(text).map((token): TextPart => {
    const href = token.isLink && token.t === 'url' ? token.toHref('https') : undefined
    return href && /^https?:\/\//i.test(href) ? { text: token.toString(), href } : { text: token.toString() }
  })
}

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
