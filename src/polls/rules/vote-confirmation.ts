import type { Refusal } from '../../errors.ts'
import { formatChoices } from '../model/choices/choice-text.ts'
import { namesOption } from '../model/choices/choices.ts'
import type { Choices, Poll } from '../model/poll.ts'
import { refuse } from './permissions.ts'

/** What a voter confirms: the choices, as long as nobody changes their titles, the question or the rules. */
export function finalVoteKey({ options, titleRevision, rulesRevision }: Poll, choices: Choices): string {
  const named = options.filter(({ id }) => namesOption(choices, id))
  const renamed = named.map(({ renamedAtRevision }) => renamedAtRevision ?? 0)
  return [Math.max(titleRevision, rulesRevision, ...renamed), ...formatChoices(choices)].join('.')
}

/** @param confirmed undefined where nobody is asked, as in the API */
export function refusalOfUnconfirmed(poll: Poll, choices: Choices, confirmed: string | undefined): Refusal | undefined {
  if (!poll.votesFinal || confirmed === undefined || confirmed === finalVoteKey(poll, choices)) return undefined
  return refuse(poll, 'unconfirmed', 'Votes are final in this poll. Confirm your vote.')
}
