import { z } from 'zod'
import { outcomeCounted } from '../../polls/counting/methods.ts'
import type { RankedCount } from '../../polls/counting/ranked/ranked-count.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { expectResults, seenBy } from '../../polls/rules/visibility.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'
import { optionIds, outcomeSchema, revision } from '../representation.ts'

/** How the ballots of an open or closed poll are counted. */
export const count: ApiRoutes<'polls' | 'counts'> = async (app, { services }) => {
  app.get('/polls/:id/count', { schema: show }, async (request) => {
    const { poll, choices } = await services.polls.view(request.params.id, request.person?.id)
    expectResults(seenBy(poll, choices))
    return countJson(poll, await services.counts.of(poll))
  })
}

const votes = z.int32().min(0)

const roundSchema = z
  .strictObject({
    votes: z.record(z.string(), votes).describe('The votes of each option that is not eliminated yet, by its id'),
    exhausted: votes.describe('Ballots that name none of these options'),
    eliminated: optionIds.describe('The options that are eliminated after this round'),
    tied: optionIds.describe(
      'Each of these options could be eliminated after this round: they have the fewest votes, and no earlier round breaks the tie. Empty without such a tie. The rounds shown are one of the possible counts: the last of these options is eliminated. In a last round, all of them win',
    ),
  })
  .meta({ id: 'Round' })

const countSchema = z
  .strictObject({
    revision,
    outcome: outcomeSchema.describe('The result of the ballots so far'),
    ranking: z
      .strictObject({
        instantRunoff: z
          .strictObject({
            rounds: z.array(roundSchema),
            winners: optionIds.describe('All options that win at least one possible count; several options are tied'),
            tooManyTies: z
              .boolean()
              .describe('Whether too many counts are possible to follow them all; then `winners` is empty'),
          })
          .describe('The method that decides the result'),
        condorcetWinner: z
          .string()
          .nullable()
          .describe('The option that beats every other option head to head; null if none does'),
        schulzeWinners: optionIds.describe('The winners by the Schulze method; several options are tied'),
      })
      .nullable()
      .describe('Null unless the poll is a ranking'),
  })
  .meta({ id: 'Count' })

function countJson(poll: Poll, count: RankedCount | undefined): z.infer<typeof countSchema> {
  return { revision: poll.revision, outcome: outcomeCounted(poll, count), ranking: count ?? null }
}

const show = operation(
  {
    operationId: 'getCount',
    tag: 'Voting',
    summary: 'Show how the ballots are counted',
    description: 'The result so far. For a ranking, also the rounds of instant-runoff and the winners head to head.',
    access: 'everybody',
    problems: ['results_hidden'],
    answers: { 200: { description: 'The count at this revision', schema: countSchema } },
  },
  { params: pollParams },
)
