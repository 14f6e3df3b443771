import type { CountingMethod } from './counting-method.ts'

import { mostVotes, oneEach } from './most-votes.ts'

/** Plurality voting: voters choose one option. */
export const singleChoice: CountingMethod = {
  problemWithChoices: (choices) =>
    choices.length === 1 ? null : choices.length === 0 ? 'Choose an option.' : 'Choose only one option.',
  votes: oneEach,
  outcome: ({ options, totalVotes }) => mostVotes(options, totalVotes),
}
