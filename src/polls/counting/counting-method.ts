import type { Choices, Outcome, Poll } from '../model/poll.ts'

/** What makes a ballot of this method, and what its count says. */
export type CountingMethod = {
  /** What is wrong with these choices as a ballot, or null. Whether the options exist is asked elsewhere. */
  problemWithChoices(choices: Choices, poll: Pick<Poll, 'maxChoices'>): string | null
  /** How many votes a ballot with these choices gives to which options. */
  votes(choices: Choices): ReadonlyMap<string, number>
  /** The same of dates on which somebody can if need be. */
  maybes?(choices: Choices): ReadonlyMap<string, number>
  /** Undefined where that takes all ballots, and they are still to be counted. */
  outcome(poll: Pick<Poll, 'options' | 'outcome' | 'totalVotes'>): Outcome | undefined
}
