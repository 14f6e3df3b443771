import type { Refusal } from '../../errors.ts'
import { optionOf } from '../model/choices.ts'
import type { Choices, Poll } from '../model/poll.ts'
import { refuse } from './permissions.ts'

/** What a voter confirms: the choices, as long as nobody changes their titles, the question or the rules. */
export function finalVoteKey({ options, titleRevision, rulesRevision }: Poll, choices: Choices): string {
  const ids = choices.map(optionOf)
  const renamed = options.filter(({ id }) => ids.includes(id)).map(({ renamedAtRevision }) => renamedAtRevision ?? 0)
  return [Math.max(titleRevision, rulesRevision, ...renamed), ...choices].join('.')
}

/** @param confirmed undefined where nobody is asked, as in the API */
export function refusalOfUnconfirmed(poll: Poll, choices: Choices, confirmed: string | undefined): Refusal | undefined {
  if (!poll.votesFinal || confirmed === undefined || confirmed === finalVoteKey(poll, choices)) return undefined
  return refuse(poll, 'unconfirmed', 'Votes are final in this poll. Confirm your vote.')
}
