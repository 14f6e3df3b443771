import { eventJson } from '../../api/event-representation.ts'
import { pollJson } from '../../api/representation.ts'
import type { Entry } from '../chat.ts'
import { eventSentence } from '../wording.ts'

/** The body of a webhook: the poll as it is now, and its events, as the JSON API shows them to everybody. */
export function payload({ poll, events, movedAway }: Entry, publicUrl: URL) {
  const last = events.at(-1) ?? events[0]
  const { hasVoted, myChoices, ...shown } = pollJson({ poll, choices: [], hasVoted: false }, publicUrl)
  const withText = events.map((event) => ({ text: eventSentence(event, poll), ...eventJson(event, poll) }))
  return {
    type: `poll.${last.facts.type}`,
    timestamp: last.at.toISOString(),
    data: { poll: shown, events: withText, movedAway },
  }
}
