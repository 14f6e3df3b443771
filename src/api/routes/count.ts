import { z } from 'zod'
import { outcomeCounted } from '../../polls/counting/methods.ts'
import type { RankedCount } from '../../polls/counting/ranked/ranked-count.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { expectResults, seenBy } from '../../polls/rules/visibility.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'
import { optionIds, outcomeSchema, revision } from '../representation.ts'

/** How a poll's ballots are counted, also while it is open. */
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
    votes: z
      .record(z.string(), votes)
      .describe('How many ballots count for each option that is still in it, by its id'),
    exhausted: votes.describe('Ballots that name none of these'),
    eliminated: optionIds.describe('The options that leave after this round'),
    tied: optionIds.describe(
      'The options of which each could leave after this round, as they have the fewest votes and no earlier round tells them apart; empty without such a tie. The rounds shown are one of the possible counts: the last of these options leaves. In a last round, all of them win',
    ),
  })
  .meta({ id: 'Round' })

const countSchema = z
  .strictObject({
    revision,
    outcome: outcomeSchema.describe('What the ballots so far say'),
    ranking: z
      .strictObject({
        instantRunoff: z
          .strictObject({
            rounds: z.array(roundSchema),
            winners: optionIds.describe('All options that win in some possible count; several are tied'),
            tooManyTies: z
              .boolean()
              .describe('Whether there are more possible counts than can be followed; then no winner is named'),
          })
          .describe('What decides'),
        condorcetWinner: z.string().nullable().describe('The option that beats every other one to one, if one does'),
        schulzeWinners: optionIds.describe('Who wins by Schulze’s method; several where they are tied'),
      })
      .nullable()
      .describe('Of a ranking only'),
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
    description: 'The outcome so far; of a ranking also the rounds of instant-runoff and who wins one to one.',
    access: 'everybody',
    problems: ['results_hidden'],
    answers: { 200: { description: 'The count at this revision', schema: countSchema } },
  },
  { params: pollParams },
)
