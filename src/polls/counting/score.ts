import { highestScore, isGradedFor, optionIdsOf } from '../model/choices/choices.ts'
import type { CountingMethod } from './counting-method.ts'
import { mostVotes } from './most-votes.ts'

/**
 * Score voting, also known as range voting: voters give points to each option, and the most points win. An option that a
 * ballot leaves out gets none. Claude Hillinger, "The Case for Utilitarian Voting", Homo Oeconomicus 22 (2005),
 * 295-321.
 */
export const score: CountingMethod = {
  problemWithChoices: (choices) => {
    if (choices.length === 0) return `Give at least one option 0 to ${highestScore} points, or withdraw your vote.`
    if (new Set(optionIdsOf(choices)).size < choices.length) return 'Give each option points only once.'
    const areAllScored = choices.every((choice) => isGradedFor('score', choice))
    return areAllScored ? null : `Give each option a whole number of points from 0 to ${highestScore}.`
  },
  votes: (choices) => new Map(choices.map(({ optionId, grade }) => [optionId, Number(grade)])),
  outcome: ({ options, totalVotes }) => mostVotes(options, totalVotes),
}
