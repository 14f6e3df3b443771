import { shownTitle } from '../../polls/model/dates.ts'
import { withoutDirectionControls } from '../../polls/model/direction.ts'
import { pollPath } from '../../polls/model/ids.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { LinkPreview } from '../../server/views.ts'

/** In characters as people count them. Chats and search engines cut longer ones. */
const maxDescription = 200
/** More than a description can show. */
const maxOptions = 20

/** Shows no results: they may be hidden, and the preview that a chat keeps would soon be wrong. */
export function linkPreview(poll: Poll, publicUrl: URL): LinkPreview {
  const options = poll.options
    .slice(0, maxOptions)
    .map(({ title }) => shownTitle(poll, title))
    .join(', ')
  const listed = `${poll.method === 'dates' ? 'Dates' : 'Options'}: ${options}`
  return {
    title: inOneLine(poll.title),
    description: cut(inOneLine(poll.description || listed), maxDescription),
    url: new URL(pollPath(poll), publicUrl).href,
    isListed: !poll.unlisted,
    image: {
      url: new URL(`/polls/${poll.id}/preview/${poll.revision}.png`, publicUrl).href,
      alt: cut(inOneLine(`${poll.title} ${listed}`), maxDescription),
    },
  }
}

function inOneLine(text: string): string {
  return withoutDirectionControls(text).replace(/\s+/g, ' ').trim()
}

/** Cuts after a word, and never within a character that has several code points, such as a flag. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const characters = [...new Intl.Segmenter('en').segment(text.slice(0, 4 * max))].map(({ segment }) => segment)
  if (characters.length <= max && text.length <= 4 * max) return text
  const start = characters.slice(0, max).join('')
  const lastSpace = start.lastIndexOf(' ')
  return `${(lastSpace > start.length / 2 ? start.slice(0, lastSpace) : start).replace(/[\s,.;:]+$/, '')}…`
}
