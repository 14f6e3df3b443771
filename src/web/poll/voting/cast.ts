import type { Choices, Poll } from '../../../polls/model/poll.ts'
import type { ViewContext } from '../../../server/views.ts'
import type { VoteStatus } from './vote-status.ts'

export type CastPart = ViewContext & {
  cast: NonNullable<ReturnType<typeof castModel>>
  choices: Choices
  voteStatus: VoteStatus | undefined
  refusal: string | undefined
}

/**
 * The button that casts the vote for what is chosen, and what goes with it. Undefined if the poll's ballot is more than a
 * choice of options.
 */
export function castModel({ method, maxChoices, votesFinal }: Poll, choices: Choices) {
  if (method !== 'single_choice' && method !== 'multiple_choice') return undefined
  const isSingle = method === 'single_choice'
  const hasVoted = choices.length > 0
  return {
    ...(isSingle ? singleLabels(votesFinal, hasVoted) : severalLabels(votesFinal, hasVoted)),
    max: isSingle ? undefined : (maxChoices ?? undefined),
    canWithdraw: hasVoted && !votesFinal,
    isEmptyVoteWithdrawal: hasVoted && !votesFinal,
    /** Browsers do not send the disabled boxes of final choices. */
    settled: !isSingle && votesFinal ? choices : [],
  }
}

/** The page's script puts the title of the chosen option in the place of the ellipsis. */
type Labels = { label: string | undefined; labelFor: string }

function singleLabels(isFinal: boolean, hasVoted: boolean): Labels {
  if (isFinal && hasVoted) return { label: undefined, labelFor: '' }
  if (isFinal)
    return { label: 'Cast my vote. You cannot change it.', labelFor: 'Cast my vote for …. You cannot change it.' }
  return hasVoted
    ? { label: 'Change my vote', labelFor: 'Change my vote to …' }
    : { label: 'Vote', labelFor: 'Vote for …' }
}

function severalLabels(isFinal: boolean, hasVoted: boolean): Labels {
  if (!isFinal) return { label: 'Save my choices', labelFor: '' }
  return { label: `${hasVoted ? 'Add to' : 'Cast'} my vote. You can add options, but not withdraw any.`, labelFor: '' }
}
