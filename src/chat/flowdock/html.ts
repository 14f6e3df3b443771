import { linked } from '../../links.ts'

/** What people typed, as text of one line that is no HTML: for names and labels. `most` counts UTF-16 code units. */
export function plain(text: string, most = Number.POSITIVE_INFINITY): string {
  const line = text
    .replace(directionControls, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return line.length > most ? shortened(line, most) : line
}

/** Ends between what people see as characters. */
function shortened(line: string, most: number): string {
  const end = new Intl.Segmenter().segment(line).containing(most - 1)?.index ?? 0
  return `${line.slice(0, end).trimEnd()}…`
}

/** What people typed, as HTML of one line, for a title or a field. Set apart if it is written from right to left. */
export function lineHtml(text: string, most?: number): string {
  const line = plain(text, most)
  return escaped(rightToLeft.test(line) ? `\u2068${line}\u2069` : line)
}

/** What people typed, as HTML of several lines, with its links. */
export function proseHtml(text: string): string {
  const parts = linked(text).map(({ text, href }) => (href ? link(href, text) : escaped(text)))
  return parts.join('').replaceAll('\n', '<br>')
}

function link(href: string, text: string): string {
  return `<a href="${escaped(href)}" rel="nofollow">${escaped(text)}</a>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities.get(character) ?? '')
}

const entities = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

/** They would go on to turn around what stands behind them. */
const directionControls = /[\u202A-\u202E\u2066-\u2069]/g
const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u
