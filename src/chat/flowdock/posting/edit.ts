import type { Change, EventFacts } from '../../../polls/model/events.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import { exactTime } from '../../../polls/model/text-format.ts'
import { lineHtml } from '../html.ts'

/** The changes of an edit as HTML, one per line. */
export function editBody(facts: Extract<EventFacts, { type: 'edited' }>, poll: Pick<Poll, 'timeZone'>): string {
  const { title, description, category, optionsOpen, votersSignedIn, closesAt, timeZone } = facts
  const { uncounted = [], recounted = [] } = facts
  const lines: string[] = []
  if (title) lines.push(`Title changed from “${lineHtml(title.from)}” to “${lineHtml(title.to)}”`)
  if (description) lines.push('Description changed')
  if (category) lines.push(categoryLine(category))
  if (optionsOpen) lines.push(optionsOpen.to ? 'Others may now add options' : 'Others may no longer add options')
  if (votersSignedIn)
    lines.push(votersSignedIn.to ? 'Only people signed in with Flowdock can vote now' : 'Guests can vote now')
  if (closesAt)
    lines.push(
      closesAt.to === null ? 'Closing time removed' : `Closes on ${exactTime(new Date(closesAt.to), poll.timeZone)}`,
    )
  if (timeZone?.from)
    lines.push(`Time zone changed from ${lineHtml(timeZone.from)} to ${lineHtml(timeZone.to ?? 'UTC')}`)
  // The text of a closing time names its zone already.
  else if (timeZone && !closesAt) lines.push(`Time zone set to ${lineHtml(timeZone.to ?? 'UTC')}`)
  if (uncounted.length > 0) lines.push(`Votes of guests that count only after they sign in: ${uncounted.length}`)
  if (recounted.length > 0) lines.push(`Votes of guests that count again: ${recounted.length}`)
  return lines.join('<br>')
}

function categoryLine({ from, to }: Change<string>): string {
  if (!from) return `Category set to “${lineHtml(to)}”`
  return to ? `Category changed from “${lineHtml(from)}” to “${lineHtml(to)}”` : `Category “${lineHtml(from)}” removed`
}
