import type { NonVoters, Poll } from '../../../polls/model/poll.ts'
import { exactTime } from '../../../polls/model/text-format.ts'
import { escaped, lineHtml } from '../../html.ts'
import { people } from '../../wording.ts'
import { howToVote } from './first-message.ts'

const maxNameLength = 60
const listed = new Intl.ListFormat('en-GB')

/** A reminder that names people who have not voted now, and nobody else. */
export function reminder(
  poll: Poll,
  { people: count, names }: NonVoters,
  publicUrl: URL,
): { title: string; body: string } {
  if (poll.deletedAt || poll.status === 'closed')
    return { title: 'reminded people to vote', body: 'This poll is closed.' }
  if (count === 0) return { title: 'reminded people to vote', body: 'Meanwhile everybody has voted.' }
  const closes = poll.closesAt ? ` The poll closes ${escaped(exactTime(poll.closesAt, poll.timeZone))}.` : ''
  const lines = [...notYet(count, names), `${howToVote(poll, publicUrl)}${closes}`]
  return { title: `reminds ${people(count)} to vote`, body: lines.join('<br>') }
}

function notYet(count: number, names: readonly string[]): string[] {
  if (names.length === 0) return []
  const others = count - names.length
  const all = [...names.map((name) => lineHtml(name, maxNameLength)), ...(others > 0 ? [`${others} more`] : [])]
  return [`Not voted yet: ${listed.format(all)}.`]
}
