import type { Choices, Outcome, Poll, PollMethod, PollState } from '../types.ts'
import { multipleChoice } from './multiple-choice.ts'
import { countProfile, outcomeOfCount, ranked } from './ranked.ts'
import type { RankedCount } from './ranked-count.ts'
import { singleChoice } from './single-choice.ts'

/** What makes a ballot of this method, and what its count says. */
export type CountingMethod = {
  /** What is wrong with these choices as a ballot, or null. Whether the options exist is asked elsewhere. */
  problemWithChoices(choices: Choices, poll: Pick<Poll, 'maxChoices'>): string | null
  /** Which options a ballot with these choices gives a vote. */
  counted(choices: Choices): Choices
  /** Undefined where that takes all ballots, and they are still to be counted. */
  outcome(poll: Pick<Poll, 'options' | 'outcome' | 'totalVotes'>): Outcome | undefined
}

const methods: Record<PollMethod, CountingMethod> = {
  single_choice: singleChoice,
  multiple_choice: multipleChoice,
  ranked,
}

export function problemWithChoices(poll: Poll, choices: Choices): string | null {
  return methods[poll.method].problemWithChoices(choices, poll)
}

/** Which options a ballot with these choices gives a vote. */
export function votesOn({ method }: Poll, choices: Choices): Choices {
  return methods[method].counted(choices)
}

/** What the count of the ballots so far says; undefined of a ranking that is open, which `Counts` counts. */
export function outcomeOf(poll: Poll): Outcome | undefined {
  return tooFew(poll) ?? methods[poll.method].outcome(poll)
}

/**
 * The same where the ballots of a ranking are counted.
 *
 * @throws {RangeError} of a ranking that is open, without its count
 */
export function outcomeCounted(poll: Poll, count: RankedCount | undefined): Outcome {
  const outcome = count ? (tooFew(poll) ?? outcomeOfCount(count)) : outcomeOf(poll)
  if (!outcome) throw new RangeError(`All ballots of poll ${poll.id} have to be known to count them.`)
  return outcome
}

/**
 * The same of a poll that is about to be closed, or has been.
 *
 * @throws {RangeError} of a ranking, when its profile is not known
 */
export function finalOutcome({ poll, profile }: PollState): Outcome {
  return outcomeCounted(poll, profile && countProfile(poll, profile))
}

function tooFew({ quorum, totalVotes }: Poll): Outcome | undefined {
  const areTooFew = quorum !== null && totalVotes > 0 && totalVotes < quorum
  return areTooFew ? { kind: 'no_quorum', options: [], votes: 0 } : undefined
}
