import { outcomeOf } from '../../../polls/counting/methods.ts'
import { shownTitle } from '../../../polls/model/dates.ts'
import { pollPath } from '../../../polls/model/ids.ts'
import { titled } from '../../../polls/model/phrases.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import { exactTime } from '../../../polls/model/text-format.ts'
import { areResultsHidden } from '../../../polls/rules/visibility.ts'
import { resultWords } from '../../wording.ts'
import { lineHtml, plain, proseHtml, sentenceHtml } from '../html.ts'
import { type Action, actionsOf } from './buttons.ts'
import { share } from './shares.ts'
import { maxNamedOptions } from './votes.ts'

/** The state of a thread. `title`, `body` and the values of fields are HTML; titles and values may contain `<a>`. */
export type FlowdockThread = {
  title: string
  body: string
  external_url?: string
  status: { color: 'green' | 'grey' | 'black'; value: string }
  fields: { label: string; value: string }[]
  actions: Action[]
}

/** The poll as it is now. A deleted poll shows only its title, without a link. */
export function threadOf(poll: Poll, movedAway: boolean, publicUrl: URL): FlowdockThread {
  const title = lineHtml(poll.title)
  const status = statusOf(poll, movedAway)
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

function statusOf(poll: Poll, movedAway: boolean): FlowdockThread['status'] {
  if (poll.deletedAt) return { color: 'black', value: 'deleted' }
  if (movedAway) return { color: 'grey', value: 'moved' }
  if (poll.archivedAt) return { color: 'grey', value: 'archived' }
  return poll.status === 'open' ? { color: 'green', value: 'open' } : { color: 'grey', value: 'closed' }
}

const maxLabelLength = 80

function fields(poll: Poll): FlowdockThread['fields'] {
  const { options, method, totalVotes, status, closesAt, timeZone, outcome } = poll
  const counts = areResultsHidden(poll)
    ? [{ label: 'Results', value: resultsOf(poll) }]
    : options.map((option) => ({
        label: plain(shownTitle(poll, option.title), maxLabelLength),
        value: share(option, poll),
      }))
  // In a ranking, first choices do not show who won, and zeros do not show that nobody did.
  const final = outcome ?? (status === 'closed' ? outcomeOf(poll) : undefined)
  const isSaid = final && (method === 'ranked' || final.kind === 'no_support')
  const settled = options.find(({ id }) => id === poll.settledOptionId)
  const date = settled ? [{ label: 'Settled on', value: sentenceHtml([titled(poll, settled.title)]) }] : []
  const won = isSaid ? [{ label: 'Result', value: sentenceHtml(resultWords(final, poll, maxNamedOptions)) }] : []
  const total = { label: method === 'single_choice' ? 'Total votes' : 'Voters', value: totalVotes.toLocaleString('en') }
  const isClosing = status === 'open' && closesAt !== null
  return [
    ...counts,
    total,
    ...won,
    ...date,
    ...(isClosing ? [{ label: 'Closes', value: exactTime(closesAt, timeZone) }] : []),
  ]
}

function resultsOf({ status, resultsVisible }: Poll): string {
  if (status === 'closed') return 'too few people voted to open the anonymous ballots'
  return resultsVisible === 'after_voting' ? 'shown to people who have voted' : 'shown once the poll is closed'
}
