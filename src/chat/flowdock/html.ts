import { isolated, withoutDirectionControls } from '../../polls/model/direction.ts'
import { linked } from '../../server/text-format.ts'

/** What people typed, as text of one line that is no HTML: for names and labels. `most` counts UTF-16 code units. */
export function plain(text: string, most = Number.POSITIVE_INFINITY): string {
  const line = withoutDirectionControls(text)
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
  return escaped(isolated(plain(text, most)))
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
