import { shownTitle } from '../../../polls/model/dates.ts'
import type { Poll, PollOption } from '../../../polls/model/poll.ts'
import { areResultsHidden } from '../../../polls/rules/visibility.ts'
import { lineHtml } from '../../html.ts'
import { share } from '../../shares.ts'
import { turnout } from '../../thread-words.ts'

const maxListed = 10
const maxTitleLength = 80

/** What a poll came to, under the message that closes it: how many voted, and a bar per option, the best first. */
export function digest(poll: Poll): string | undefined {
  if (poll.status !== 'closed' || poll.deletedAt) return undefined
  return [turnout(poll), ...(areResultsHidden(poll) || poll.totalVotes === 0 ? [] : bars(poll))].join('<br>')
}

function bars(poll: Poll): string[] {
  const best = poll.options.toSorted((one, other) => supportOf(other) - supportOf(one))
  const lines = best
    .slice(0, maxListed)
    .map((option) => `${share(option, poll)} – ${lineHtml(shownTitle(poll, option.title), maxTitleLength)}`)
  const others = poll.options.length - lines.length
  return [...lines, ...(others > 0 ? [`and ${others} more`] : [])]
}

/** Of dates with as many people who can come, the one with more who say yes is first. */
function supportOf({ votes, maybes }: PollOption): number {
  return votes + maybes + votes / 10_000_000
}
