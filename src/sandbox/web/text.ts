import { tokenize } from 'linkifyjs'
import sanitizeHtml from 'sanitize-html'

/** A stretch of text, and where it leads if it is a link. */
export type MessageTextPart = { text: string; href?: string }

/** Finds the web addresses in what somebody typed. */
export function linked(text: string): MessageTextPart[] {
  return tokenize(text).map((token): MessageTextPart => {
    const href = token.isLink && token.t === 'url' ? token.toHref('https') : ''
    return /^https?:\/\//i.test(href) ? { text: token.toString(), href } : { text: token.toString() }
  })
}

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' }

/** What HTML says, without its tags. */
export function plainText(html: string): string {
  const escaped = sanitizeHtml(html, { allowedTags: [], allowedAttributes: {} })
  return escaped.replace(/&(?:lt|gt|quot|amp);/g, (entity) => entities[entity] ?? entity)
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** A moment, for machines and for people. */
export type Moment = { iso: string; text: string }

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** The time of day, with the day unless that is today; where the sandbox runs, which is where it is looked at. */
export function moment(at: Date, now: Date): Moment {
  const isToday = at.toDateString() === now.toDateString()
  return { iso: at.toISOString(), text: isToday ? time.format(at) : `${day.format(at)}, ${time.format(at)}` }
}
