import { z } from 'zod'
import type { ApiRoutes } from './api.ts'
import { operation } from './openapi/operation.ts'
import { pollParams } from './parameters.ts'

/** Who is to vote in a poll, where its creator has named them. */
export const roll: ApiRoutes = async (app, { services }) => {
  app.get('/polls/:id/roll', { schema: show }, async (request) => {
    const { poll } = await services.polls.view(request.params.id, request.person?.id)
    return { people: await services.polls.roll(poll, request.person) }
  })
}

const show = operation(
  {
    operationId: 'getRoll',
    tag: 'Voting',
    summary: 'Show who is to vote',
    description: 'For the creator, as there may be e-mail addresses on it.',
    access: 'person',
    problems: ['forbidden'],
    answers: {
      200: {
        description: 'Those who were named, in that order; nobody where all may vote',
        schema: z
          .strictObject({
            people: z.array(
              z.strictObject({
                name: z.string().describe('The name or e-mail address, as it was given'),
                hasVoted: z.boolean().nullable().describe('Whether they have; null in an anonymous poll'),
              }),
            ),
          })
          .meta({ id: 'Roll' }),
      },
    },
  },
  { params: pollParams },
)
