import { isolated } from '../../../polls/model/direction.ts'
import type { Phrase } from '../../../polls/model/phrases.ts'
import { linked } from '../../../polls/model/text-format.ts'
import { escaped, plain } from '../../html.ts'

/** A text in the two forms that a message has. The server cleans no HTML, so `html` holds only tags that are made here. */
export type RichText = { text: string; html: string }

/** Titles in sentences are shortened. The poll's page shows them whole. */
const maxTitleLength = 80

/** Our own words. */
export function words(text: string): RichText {
  return { text, html: escaped(text) }
}

/** What a person typed, in one line. */
export function typed(text: string, most?: number): RichText {
  return words(isolated(plain(text, most)))
}

/** What a person typed, with its line breaks and links. */
export function prose(text: string): RichText {
  const parts = linked(text).map((part) =>
    part.href ? `<a href="${escaped(part.href)}">${escaped(part.text)}</a>` : escaped(part.text),
  )
  return { text, html: parts.join('').replaceAll('\n', '<br>') }
}

export function sentence(phrases: readonly Phrase[]): RichText {
  return joined(phrases.map((phrase) => (phrase.title === undefined ? words(phrase.text) : title(phrase.title))))
}

function title(text: string): RichText {
  const line = typed(text, maxTitleLength)
  return { text: `“${line.text}”`, html: `<em>${line.html}</em>` }
}

export function strong({ text, html }: RichText): RichText {
  return { text, html: `<strong>${html}</strong>` }
}

/** In plain text, the address stands after the words. */
export function link(href: string, label: RichText): RichText {
  return { text: `${label.text}: ${href}`, html: `<a href="${escaped(href)}">${label.html}</a>` }
}

export function joined(parts: readonly RichText[], separator = ''): RichText {
  return { text: parts.map(({ text }) => text).join(separator), html: parts.map(({ html }) => html).join(separator) }
}

export function inLines(parts: readonly RichText[]): RichText {
  return { text: joined(parts, '\n').text, html: joined(parts, '<br>').html }
}
