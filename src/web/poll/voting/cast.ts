import type { Choices, Poll } from '../../../polls/model/poll.ts'
import { mayWithdraw } from '../../../polls/rules/permissions.ts'
import type { ViewContext } from '../../../server/views.ts'
import type { BallotButtons } from './save-button.ts'
import type { VoteStatus } from './vote-status.ts'

export type CastPart = ViewContext &
  BallotButtons & {
    cast: NonNullable<ReturnType<typeof castModel>>
    choices: Choices
    voteStatus: VoteStatus | undefined
    refusal: string | undefined
  }

/** What goes with the button that casts the vote. Undefined if the poll's ballot is more than a choice of options. */
export function castModel(poll: Poll, choices: Choices) {
  const { method, maxChoices, votesFinal } = poll
  if (method !== 'single_choice' && method !== 'multiple_choice') return undefined
  const isSingle = method === 'single_choice'
  const hasVoted = choices.length > 0
  return {
    isOffered: !(isSingle && votesFinal && hasVoted),
    max: isSingle ? undefined : (maxChoices ?? undefined),
    canWithdraw: mayWithdraw(poll, choices),
    isEmptyVoteWithdrawal: hasVoted && !votesFinal,
    /** Browsers do not send the disabled boxes of final choices. */
    settled: !isSingle && votesFinal ? choices : [],
  }
}
