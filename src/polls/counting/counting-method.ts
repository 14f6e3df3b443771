import type { Choices, Outcome, Poll } from '../model/poll.ts'

/** A way to vote and to count: what a valid ballot is, and what the result is. */
export type CountingMethod = {
  /** What is wrong with these choices as a ballot, or null. Does not check whether the options exist. */
  problemWithChoices(choices: Choices, poll: Pick<Poll, 'maxChoices'>): string | null
  /** How many votes a ballot with these choices gives to which options. */
  votes(choices: Choices): ReadonlyMap<string, number>
  /** The dates on which the voter can if need be. */
  maybes?(choices: Choices): ReadonlyMap<string, number>
  /** Undefined if the result takes all ballots and they have not been counted. */
  outcome(poll: Pick<Poll, 'options' | 'outcome' | 'totalVotes'>): Outcome | undefined
}
