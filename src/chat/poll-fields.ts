import { outcomeOf } from '../polls/counting/methods.ts'
import { type Phrase, titled } from '../polls/model/phrases.ts'
import type { Poll } from '../polls/model/poll.ts'
import { exactTime } from '../polls/model/text-format.ts'
import { areResultsHidden } from '../polls/rules/visibility.ts'
import { share } from './shares.ts'
import { maxNamedOptions, resultWords } from './wording.ts'

/** The label of an option is its title. */
export type PollField = { label: Phrase; value: readonly Phrase[] }

export type ShownStatus = 'open' | 'closed' | 'archived' | 'moved' | 'deleted'

/** @param movedAway whether the poll has moved to a category that the connection does not follow */
export function shownStatus(poll: Poll, movedAway: boolean): ShownStatus {
  if (poll.deletedAt) return 'deleted'
  if (movedAway) return 'moved'
  return poll.archivedAt ? 'archived' : poll.status
}

/** What a thread shows of a poll as it is now: a bar per option unless the results are hidden, the total, the result. */
export function pollFields(poll: Poll): PollField[] {
  const { options, method, totalVotes, status, closesAt, timeZone, outcome } = poll
  const counts = areResultsHidden(poll)
    ? [field('Results', hiddenResults(poll))]
    : options.map((option) => ({ label: titled(poll, option.title), value: [{ text: share(option, poll) }] }))
  // In a ranking, first choices do not show who won, and zeros do not show that nobody did.
  const final = outcome ?? (status === 'closed' ? outcomeOf(poll) : undefined)
  const isSaid = final && (method === 'ranked' || final.kind === 'no_support')
  const settled = options.find(({ id }) => id === poll.settledOptionId)
  const isClosing = status === 'open' && closesAt !== null
  return [
    ...counts,
    field(method === 'single_choice' ? 'Total votes' : 'Voters', totalVotes.toLocaleString('en')),
    ...(isSaid ? [field('Result', ...resultWords(final, poll, maxNamedOptions))] : []),
    ...(settled ? [field('Settled on', titled(poll, settled.title))] : []),
    ...(isClosing ? [field('Closes', exactTime(closesAt, timeZone))] : []),
  ]
}

function field(label: string, ...value: (Phrase | string)[]): PollField {
  return { label: { text: label }, value: value.map((part) => (typeof part === 'string' ? { text: part } : part)) }
}

function hiddenResults({ status, resultsVisible }: Poll): string {
  if (status === 'closed') return 'too few people voted to open the anonymous ballots'
  return resultsVisible === 'after_voting' ? 'shown to people who have voted' : 'shown once the poll is closed'
}
