import { isGradedFor, optionIdsOf } from '../model/choices/choices.ts'
import type { Availability, Choices, Outcome, PollOption } from '../model/poll.ts'
import type { CountingMethod } from './counting-method.ts'
import { oneEach } from './most-votes.ts'

/**
 * Voters answer yes, if need be, or no for each date; a date that a ballot leaves out is a no. The date with the most
 * answers of yes and if need be wins; among equals, the one with the most yes. If nobody can come on any date, no date wins.
 */
export const dates: CountingMethod = {
  problemWithChoices: (choices) => {
    if (choices.length === 0) return 'Answer for at least one date.'
    if (new Set(optionIdsOf(choices)).size < choices.length) return 'Answer only once for each date.'
    return choices.every((choice) => isGradedFor('dates', choice)) ? null : 'Say yes, if_need_be or no for each date.'
  },
  votes: (choices) => saying('yes', choices),
  maybes: (choices) => saying('if_need_be', choices),
  outcome: ({ options, totalVotes }) => {
    if (totalVotes === 0) return { kind: 'no_votes', options: [], votes: 0 }
    const most = Math.max(...options.map(coming))
    if (most === 0) return { kind: 'no_support', options: [], votes: 0 }
    const possible = options.filter((option) => coming(option) === most)
    const surest = Math.max(...possible.map(({ votes }) => votes))
    return named(
      possible.filter(({ votes }) => votes === surest),
      most,
    )
  },
}

function saying(answer: Availability, choices: Choices): ReadonlyMap<string, number> {
  return oneEach(choices.filter(({ grade }) => grade === answer))
}

function coming({ votes, maybes }: PollOption): number {
  return votes + maybes
}

function named(best: readonly PollOption[], votes: number): Outcome {
  return { kind: best.length === 1 ? 'winner' : 'tie', options: best.map(({ id }) => id), votes }
}
