import { pollPath } from '../../../polls/model/ids.ts'
import { titled } from '../../../polls/model/phrases.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import { whatIsFinal } from '../../../polls/rules/permissions.ts'
import { areResultsHidden } from '../../../polls/rules/visibility.ts'
import { pollFields, type ShownStatus, shownStatus } from '../../poll-fields.ts'
import { inLines, joined, link, prose, type RichText, sentence, strong, typed, words } from './rich-text.ts'

/** In UTF-16 code units. The poll's page shows the whole texts. */
const maxTitleLength = 200
const maxLabelLength = 100
const maxDescription = 500

/** The poll as it is now: question, options with bars, and a link to its page. */
export function pollText(poll: Poll, movedAway: boolean, publicUrl: URL): RichText {
  const status = shownStatus(poll, movedAway)
  const { description } = poll
  const isShort = description !== '' && description.length <= maxDescription
  return inLines([
    joined([strong(typed(poll.title, maxTitleLength)), words(statuses[status])]),
    ...(isShort ? [prose(description)] : []),
    ...fields(poll),
    howToVote(poll, status, publicUrl),
  ])
}

const statuses: Record<ShownStatus, string> = {
  open: '',
  closed: ' (closed)',
  archived: ' (archived)',
  moved: ' (moved: no more news here)',
  deleted: ' (deleted)',
}

/**
 * Numbers of options are not enough for points and dates. The room reads a vote, which may not be so in an anonymous poll,
 * or where the results are hidden. Where votes are final, a wrong number could not be undone.
 */
export function hasVoteCommand({ anonymous, resultsVisible, votesFinal, method }: Poll): boolean {
  return !anonymous && resultsVisible === 'always' && !votesFinal && method !== 'score' && method !== 'dates'
}

/** Options have the numbers by which people vote. */
function fields(poll: Poll): RichText[] {
  const isNumbered = poll.status === 'open' && hasVoteCommand(poll)
  const withoutCounts = areResultsHidden(poll) ? poll.options : []
  return [
    ...withoutCounts.map(({ title }) => joined([words('• '), typed(titled(poll, title).title, maxLabelLength)])),
    ...pollFields(poll).map(({ label, value }, index) => {
      if (label.title === undefined) return joined([words(`${label.text}: `), sentence(value)])
      const name = typed(label.title, maxLabelLength)
      return joined([words(isNumbered ? `${index + 1}. ` : ''), name, words(': '), sentence(value)])
    }),
  ]
}

function howToVote(poll: Poll, status: ShownStatus, publicUrl: URL): RichText {
  const page = new URL(pollPath(poll), publicUrl).href
  if (status !== 'open') return link(page, words('See the page'))
  const how = hasVoteCommand(poll) ? `, or in the thread: ${exampleVote(poll)}` : ''
  return joined([link(page, words('Vote on the page')), words(`${how}${meaning(poll)}`)])
}

function exampleVote({ method, options }: Poll): string {
  if (method === 'single_choice') return '!vote 1'
  const [few, all] = options.length < 3 ? ['1 2', '2 1'] : ['1 3', '2 1 3']
  return method === 'multiple_choice' ? `!vote ${few}` : `!vote ${all}, the best first`
}

/** What a vote means, before it is cast. */
function meaning(poll: Poll): string {
  const anonymous = poll.anonymous ? ' · Votes are anonymous.' : ''
  return poll.votesFinal ? `${anonymous} · Votes are final: ${whatIsFinal(poll)}.` : anonymous
}
