import { z } from 'zod'
import { seenBy } from '../../polls/rules/visibility.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { eventJson, eventSchema } from '../event-representation.ts'
import { operation } from '../openapi/operation.ts'
import { limit, nextLink, place, pollParams } from '../parameters.ts'

/** The log of a poll. */
export const events: ApiRoutes<'config' | 'polls'> = async (app, { services }) => {
  const { polls, config } = services

  app.get('/polls/:id/events', { schema: list }, async (request, reply) => {
    const { after, limit } = request.query
    const found = await polls.events(request.params.id, { after, limit: limit + 1 })
    // After them: should the poll be reopened in between, what it hides again is not shown.
    const { poll, choices } = await polls.view(request.params.id, request.person?.id)
    const shown = found.slice(0, limit)
    const next = found.length > limit ? (shown.at(-1)?.revision ?? null) : null
    if (next) reply.header('link', nextLink(request.url, config.publicUrl, { after: next }))
    return { events: shown.map((event) => eventJson(event, seenBy(poll, choices))), next }
  })
}

const list = operation(
  {
    operationId: 'listEvents',
    tag: 'Following',
    summary: 'Read the log of a poll',
    description:
      'Oldest first, numbered without gaps. What somebody did as a guest, before they signed in as who they are, stands under the id that they had as a guest and the name that they bear now; a guest_merged event joins the two.',
    access: 'everybody',
    answers: {
      200: {
        description: 'A page of events',
        schema: z
          .strictObject({
            events: z.array(eventSchema),
            next: z.int().nullable().describe('What to send as after for the next page; null on the last'),
          })
          .meta({ id: 'EventPage' }),
        headers: { Link: 'The next page, rel="next", unless this is the last' },
      },
    },
  },
  {
    params: pollParams,
    querystring: z.strictObject({ after: place.default(0).describe('Only events after this revision'), limit }),
  },
)
