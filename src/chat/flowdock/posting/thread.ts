import { pollPath } from '../../../polls/model/ids.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import { lineHtml, plain, proseHtml, sentenceHtml } from '../../html.ts'
import { pollFields, type ShownStatus, shownStatus } from '../../poll-fields.ts'
import { type Action, actionsOf } from './buttons.ts'

/** The state of a thread. `title`, `body` and the values of fields are HTML; titles and values may contain `<a>`. */
export type FlowdockThread = {
  title: string
  body: string
  external_url?: string
  status: { color: 'green' | 'grey' | 'black'; value: ShownStatus }
  fields: { label: string; value: string }[]
  actions: Action[]
}

/** The poll as it is now. A deleted poll shows only its title, without a link. */
export function threadOf(poll: Poll, movedAway: boolean, publicUrl: URL): FlowdockThread {
  const title = lineHtml(poll.title)
  const value = shownStatus(poll, movedAway)
  const status = { color: colors[value], value }
  if (poll.deletedAt) return { title, body: '', status, fields: [], actions: [] }
  const url = new URL(pollPath(poll), publicUrl).href
  return {
    title,
    body: proseHtml(poll.description),
    external_url: url,
    status,
    fields: fields(poll),
    actions: actionsOf(poll, movedAway, publicUrl),
  }
}

const colors = { open: 'green', closed: 'grey', archived: 'grey', moved: 'grey', deleted: 'black' } as const

const maxLabelLength = 80

function fields(poll: Poll): FlowdockThread['fields'] {
  return pollFields(poll).map(({ label, value }) => ({
    label: plain(label.title ?? label.text, maxLabelLength),
    value: sentenceHtml(value),
  }))
}
