import { counted, names, type Phrase } from '../../../polls/model/phrases.ts'
import type { Choices, Poll } from '../../../polls/model/poll.ts'
import { canAdd, whatIsFinal } from '../../../polls/rules/permissions.ts'
import { comingTime, type ShownTime } from '../../time.ts'

/** What the page says to a person whose vote is counted: `said`, then the closing time if there is one, then `after`. */
export type VoteStatus = { said: readonly Phrase[]; until: ShownTime | undefined; after: string }
export type VoteStatusPart = { status: VoteStatus }
export type OwnStatusPart = { voteStatus: VoteStatus | undefined }

/** A longer list of options is cut. */
const maxNamed = 5

/**
 * Says that the person's vote is counted, and until when they can change it. Undefined if they have no vote that counts,
 * or if the poll is closed.
 */
export function voteStatus(poll: Poll, choices: Choices, now: Date): VoteStatus | undefined {
  if (poll.status === 'closed' || choices.length === 0) return undefined
  const said = [...whatCounts(poll, choices), { text: '. ' }]
  const pronoun = poll.method === 'score' || poll.method === 'dates' ? 'them' : 'it'
  if (poll.votesFinal) return { said, until: undefined, after: finality(poll, choices, pronoun) }
  const until = poll.closesAt ? comingTime(poll.closesAt, now, poll.timeZone) : undefined
  if (!until) return { said, until, after: `You can change ${pronoun} until the poll closes.` }
  return { said: [...said, { text: `You can change ${pronoun} until ` }], until, after: '.' }
}

function whatCounts(poll: Poll, choices: Choices): Phrase[] {
  if (poll.method === 'ranked') return [{ text: 'Your ranking is counted' }]
  if (poll.method === 'score') return [{ text: 'Your points are counted' }]
  if (poll.method === 'dates') return [{ text: `Your answers for ${counted(choices.length, 'date')} are counted` }]
  return [{ text: 'Your vote for ' }, ...names(poll, choices, maxNamed), { text: ' is counted' }]
}

function finality(poll: Poll, choices: Choices, pronoun: 'it' | 'them'): string {
  const isFinal = pronoun === 'it' ? 'It is final' : 'They are final'
  return canAdd(poll, choices) ? `${isFinal}: ${whatIsFinal(poll)}.` : `${isFinal}.`
}
