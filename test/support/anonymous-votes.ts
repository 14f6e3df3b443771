import type { PersonName } from '../../src/people/model/person-name.ts'
import { newReceiptCode, receiptOf } from '../../src/polls/anonymous/receipt.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll, Receipt } from '../../src/polls/model/poll.ts'
import { picks } from './picks.ts'

/** A person who votes in anonymous polls, and keeps the receipt. */
export type AnonymousVoter = PersonName & { code: string; receipt: Receipt }

export function anonymousVoter({ id, name }: PersonName): AnonymousVoter {
  const code = newReceiptCode()
  return { id, name, code, receipt: receiptOf(code) }
}

/** A vote for the options at these indexes, each with its points or answer if the method has them. */
export function anonymousVote(
  { options }: Pick<Poll, 'options'>,
  voter: AnonymousVoter,
  ...places: (number | string)[]
): Command {
  const choice = (place: number | string) => {
    const [index, grade] = String(place).split('=')
    return [options[Number(index)]?.id ?? 'no such option', ...(grade ? [grade] : [])].join('=')
  }
  return { by: personOf(voter), type: 'castVote', choices: picks(...places.map(choice)), receipt: voter.receipt }
}

export function personOf({ id, name }: AnonymousVoter): PersonName {
  return { id, name }
}
