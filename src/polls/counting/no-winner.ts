import type { OutcomeKind } from '../model/poll.ts'
import type { PollMethod } from '../model/poll-rules.ts'

/** For a closed poll. For an open one, "so far" follows. */
const noSupport: Record<PollMethod, string> = {
  single_choice: 'No option got a vote',
  multiple_choice: 'No option got a vote',
  score: 'No option got a point',
  ranked: 'No option got a vote',
  dates: 'Nobody can make any of these dates',
}

/** Why a closed poll has no winner, as a sentence without a full stop; undefined for a winner or a tie. */
export function whyNoWinner(kind: OutcomeKind, method: PollMethod): string | undefined {
  switch (kind) {
    case 'no_votes':
      return 'Nobody voted'
    case 'no_quorum':
      return 'Too few voted for a result'
    case 'no_support':
      return noSupport[method]
    case 'undecided':
      return 'Not decided: too many ties to follow every count'
    case 'winner':
    case 'tie':
      return undefined
    default:
      return kind satisfies never
  }
}
