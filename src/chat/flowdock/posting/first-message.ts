import { shownTitle } from '../../../polls/model/dates.ts'
import { pollPath } from '../../../polls/model/ids.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import { whatIsFinal } from '../../../polls/rules/permissions.ts'
import { lineHtml, linkHtml, proseHtml } from '../../html.ts'
import { hasVoteButtons } from './buttons.ts'

/** In UTF-16 code units. The thread shows a longer description. */
const maxDescription = 300
const maxListed = 20
const maxTitleLength = 200

/**
 * The first message of a thread, with the poll as it is now: the question, the options, and how to vote.
 *
 * @param isRead whether what people write in the thread becomes comments
 */
export function firstMessage(poll: Poll, isRead: boolean, publicUrl: URL): { title: string; body: string } {
  const title = `asks: ${lineHtml(poll.title, maxTitleLength)}`
  if (poll.deletedAt) return { title, body: '' }
  const { description } = poll
  const where = isRead
    ? 'What you write in this thread becomes a comment of the poll.'
    : 'What you write in this thread stays here.'
  const isShort = description !== '' && description.length <= maxDescription
  return {
    title,
    body: [...(isShort ? [proseHtml(description), ''] : []), ...listed(poll), howToVote(poll, publicUrl), where].join(
      '<br>',
    ),
  }
}

function listed(poll: Poll): string[] {
  const lines = poll.options
    .slice(0, maxListed)
    .map(({ title }) => `• ${lineHtml(shownTitle(poll, title), maxTitleLength)}`)
  const others = poll.options.length - lines.length
  return [...lines, ...(others > 0 ? [`and ${others} more`] : [])]
}

export function howToVote(poll: Poll, publicUrl: URL): string {
  const url = new URL(pollPath(poll), publicUrl).href
  if (poll.status === 'closed' || poll.archivedAt) return `This poll is closed. ${linkHtml(url, 'See the page')}.`
  const how = hasVoteButtons(poll)
    ? `Vote under the gear of this thread, or ${linkHtml(url, 'on the page')}.`
    : `Answer ${linkHtml(url, 'on the page')}.`
  return [how, ...meanings(poll)].join(' ')
}

/** What a vote means, before it is cast. */
function meanings(poll: Poll): string[] {
  const { anonymous, votesFinal } = poll
  return [
    ...(anonymous ? ['Votes are anonymous.'] : []),
    ...(votesFinal ? [`Votes are final: ${whatIsFinal(poll)}.`] : []),
  ]
}
