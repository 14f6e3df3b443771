import { z } from 'zod'
import { formatChoices } from '../../polls/model/choices/choice-text.ts'
import { expectPublishedBallots } from '../../polls/rules/visibility.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { operation } from '../openapi/operation.ts'
import { limit, nextLink, pollParams } from '../parameters.ts'
import { optionIds } from '../representation.ts'

/** The published ballots of a closed anonymous poll. */
export const publishedBallots: ApiRoutes<'config' | 'polls' | 'anonymousBallots'> = async (app, { services }) => {
  const { anonymousBallots, config } = services
  const viewPublished = async (id: string) => {
    const { poll } = await services.polls.view(id)
    expectPublishedBallots(poll)
    return poll
  }

  app.get('/polls/:id/ballots', { schema: list }, async (request, reply) => {
    const { id } = await viewPublished(request.params.id)
    const { from = '', limit } = request.query
    const { ballots, next } = await anonymousBallots.published(id, { from, limit })
    if (next) reply.header('link', nextLink(request.url, config.publicUrl, { from: next }))
    return {
      ballots: ballots.map(({ hash, choices }) => ({ receiptHash: hash, choices: formatChoices(choices) })),
      next,
    }
  })
}

const hash = z.string().regex(/^[0-9a-f]{1,64}$/, 'Send 1 to 64 hex digits of a SHA-256 hash.')

const list = operation(
  {
    operationId: 'listBallots',
    tag: 'Voting',
    summary: 'List the ballots of an anonymous poll',
    description:
      'Only once it is closed, and if enough people have voted. The order is that of the receipt hashes, so it does not reveal who voted or when. You can count the ballots, and find yours by the hash of your receipt.',
    access: 'everybody',
    problems: ['results_hidden'],
    answers: {
      200: {
        description: 'A page of ballots',
        schema: z
          .strictObject({
            ballots: z.array(
              z.strictObject({
                receiptHash: z.string().describe('SHA-256 (hex) of the 26 characters of the receipt'),
                choices: optionIds.describe('As they were cast'),
              }),
            ),
            next: z.string().nullable().describe('The hash at the start of the next page; null on the last page'),
          })
          .meta({ id: 'BallotPage' }),
        headers: { Link: 'The next page, rel="next", unless this is the last' },
      },
    },
  },
  {
    params: pollParams,
    querystring: z.strictObject({ from: hash.optional().describe('`next` from the previous page'), limit }),
  },
)
