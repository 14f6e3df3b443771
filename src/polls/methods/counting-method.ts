import type { Choices, Outcome, Poll, PollMethod, PollOption } from '../types.ts'
import { multipleChoice } from './multiple-choice.ts'
import { singleChoice } from './single-choice.ts'

/** What makes a ballot of this method, and what its count says. */
export type CountingMethod = {
  /** What is wrong with these choices as a ballot, or null. Whether the options exist is asked elsewhere. */
  problemWithChoices(choices: Choices, poll: Pick<Poll, 'maxChoices'>): string | null
  outcome(options: readonly PollOption[]): Outcome
}

const methods: Record<PollMethod, CountingMethod> = { single_choice: singleChoice, multiple_choice: multipleChoice }

export function problemWithChoices(poll: Poll, choices: Choices): string | null {
  return methods[poll.method].problemWithChoices(choices, poll)
}

/** What the count of the ballots so far says. */
export function outcomeOf({ method, options, quorum, totalVotes }: Poll): Outcome {
  const areTooFew = quorum !== null && totalVotes > 0 && totalVotes < quorum
  if (areTooFew) return { kind: 'no_quorum', options: [], votes: 0 }
  return methods[method].outcome(options)
}
