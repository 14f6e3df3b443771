import { z } from 'zod'
import { seenBy } from '../../polls/rules/visibility.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { eventJson, eventSchema } from '../event-representation.ts'
import { operation } from '../openapi/operation.ts'
import { limit, nextLink, pollParams, revisionNumber } from '../parameters.ts'

/** The event log of a poll. */
export const events: ApiRoutes<'config' | 'polls'> = async (app, { services }) => {
  const { polls, config } = services

  app.get('/polls/:id/events', { schema: list }, async (request, reply) => {
    const { after, limit } = request.query
    const found = await polls.events(request.params.id, { after, limit: limit + 1 })
    // Read the poll after its events: if it was reopened in between, hidden results stay hidden.
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
      'Oldest first, numbered without gaps. If a guest has signed in since, their earlier events show the guest’s id with the person’s current name. A guest_merged event links the two ids.',
    access: 'everybody',
    answers: {
      200: {
        description: 'A page of events',
        schema: z
          .strictObject({
            events: z.array(eventSchema),
            next: z.int().nullable().describe('The value of `after` for the next page; null on the last page'),
          })
          .meta({ id: 'EventPage' }),
        headers: { Link: 'The next page, rel="next", unless this is the last' },
      },
    },
  },
  {
    params: pollParams,
    querystring: z.strictObject({
      after: revisionNumber.default(0).describe('Only events after this revision'),
      limit,
    }),
  },
)
