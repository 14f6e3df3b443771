import type { NonVoters, Poll } from '../../../polls/model/poll.ts'
import { exactTime } from '../../../polls/model/text-format.ts'
import { escaped, lineHtml } from '../../html.ts'
import { notVotedYet } from '../../thread-words.ts'
import { people } from '../../wording.ts'
import { howToVote } from './first-message.ts'

const maxNameLength = 60

/** A reminder that names people who have not voted now, and nobody else. */
export function reminder(poll: Poll, nonVoters: NonVoters, publicUrl: URL): { title: string; body: string } {
  const { people: count } = nonVoters
  if (poll.deletedAt || poll.status === 'closed')
    return { title: 'reminded people to vote', body: 'This poll is closed.' }
  if (count === 0) return { title: 'reminded people to vote', body: 'Meanwhile everybody has voted.' }
  const closes = poll.closesAt ? ` The poll closes ${escaped(exactTime(poll.closesAt, poll.timeZone))}.` : ''
  const lines = [
    ...notVotedYet(nonVoters, (name) => lineHtml(name, maxNameLength)),
    `${howToVote(poll, publicUrl)}${closes}`,
  ]
  return { title: `reminds ${people(count)} to vote`, body: lines.join('<br>') }
}
