import { isolated, withoutDirectionControls } from '../polls/model/direction.ts'
import type { Phrase } from '../polls/model/phrases.ts'
import { linked } from '../polls/model/text-format.ts'

/** A typed text as plain text in one line, for names and labels. `most` is in UTF-16 code units. */
export function plain(text: string, most = Number.POSITIVE_INFINITY): string {
  const line = withoutDirectionControls(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return line.length > most ? shortened(line, most) : line
}

/** Cuts between grapheme clusters. */
function shortened(line: string, most: number): string {
  const end = new Intl.Segmenter().segment(line).containing(most - 1)?.index ?? 0
  return `${line.slice(0, end).trimEnd()}…`
}

/** A typed text as HTML in one line, for a title or a field. Right-to-left text is isolated. */
export function lineHtml(text: string, most?: number): string {
  return escaped(isolated(plain(text, most)))
}

/** The poll's page shows the whole title. */
const maxTitleLength = 80

/** A sentence as HTML in one line. Titles in it are shortened. */
export function sentenceHtml(phrases: readonly Phrase[]): string {
  return phrasesHtml(phrases, (title) => lineHtml(title, maxTitleLength))
}

/** A sentence of a body as HTML in one line. Titles in it are whole, in quotation marks. */
export function bodySentenceHtml(phrases: readonly Phrase[]): string {
  return phrasesHtml(phrases, (title) => `“${lineHtml(title)}”`)
}

function phrasesHtml(phrases: readonly Phrase[], titleHtml: (title: string) => string): string {
  return phrases.map((phrase) => (phrase.title !== undefined ? titleHtml(phrase.title) : escaped(phrase.text))).join('')
}

/** A typed text as HTML with line breaks and links. */
export function proseHtml(text: string): string {
  const parts = linked(text).map(({ text, href }) => (href ? linkHtml(href, text) : escaped(text)))
  return parts.join('').replaceAll('\n', '<br>')
}

export function linkHtml(href: string, text: string): string {
  return `<a href="${escaped(href)}" rel="nofollow">${escaped(text)}</a>`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities.get(character) ?? '')
}

const entities = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])
