import type { CountingMethod } from './counting-method.ts'
import { mostVotes } from './most-votes.ts'
import { oneEach } from './one-each.ts'

/** Plurality: everybody names one option. */
export const singleChoice: CountingMethod = {
  problemWithChoices: (choices) => (choices.length === 1 ? null : 'Choose exactly one option.'),
  votes: oneEach,
  outcome: ({ options, totalVotes }) => mostVotes(options, totalVotes),
}
