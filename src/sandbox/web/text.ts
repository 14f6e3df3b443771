import { tokenize } from 'linkifyjs'
import sanitizeHtml from 'sanitize-html'

/** A part of a text. A link has `href`. */
export type MessageTextPart = { text: string; href?: string }

/** Finds the links in a text. */
export function linked(text: string): MessageTextPart[] {
  return tokenize(text).map((token): MessageTextPart => {
    const href = token.isLink && token.t === 'url' ? token.toHref('https') : ''
    return /^https?:\/\//i.test(href) ? { text: token.toString(), href } : { text: token.toString() }
  })
}

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' }

/** Plain text as HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`)
}

/** HTML without its tags. */
export function plainText(html: string): string {
  const text = sanitizeHtml(html, { allowedTags: [], allowedAttributes: {} })
  return text.replace(/&(?:lt|gt|quot|amp);/g, (entity) => entities[entity] ?? entity)
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** A moment, for machines and for people. */
export type Moment = { iso: string; text: string }

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** The time of day, and the date unless it is today. In the sandbox's time zone: it runs on the user's machine. */
export function moment(at: Date, now: Date): Moment {
  const isToday = at.toDateString() === now.toDateString()
  return { iso: at.toISOString(), text: isToday ? time.format(at) : `${day.format(at)}, ${time.format(at)}` }
}
