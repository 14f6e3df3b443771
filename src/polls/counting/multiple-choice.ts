import { optionIdsOf } from '../model/choices/choices.ts'
import type { CountingMethod } from './counting-method.ts'
import { mostVotes, oneEach } from './most-votes.ts'

/**
 * Approval voting: voters choose all options that they approve of, up to the poll's limit. Each gets a whole vote. Brams
 * and Fishburn, "Approval Voting", American Political Science Review 72 (1978), 831-847.
 */
export const multipleChoice: CountingMethod = {
  problemWithChoices: (choices, { maxChoices }) => {
    if (choices.length === 0) return 'Choose at least one option, or withdraw your vote.'
    if (new Set(optionIdsOf(choices)).size < choices.length) return 'Choose each option only once.'
    if (maxChoices === null || choices.length <= maxChoices) return null
    return `Choose at most ${maxChoices} options: withdraw one before you choose another.`
  },
  votes: oneEach,
  outcome: ({ options, totalVotes }) => mostVotes(options, totalVotes),
}
