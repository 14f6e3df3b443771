import { z } from 'zod'
import { newComment } from '../../polls/inputs/inputs.ts'
import type { PollEvent } from '../../polls/model/events.ts'
import type { Comment } from '../../polls/queries/poll-queries.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { expectedRevision, ifMatch } from '../conditional.ts'
import { idempotencyKey, submitKeyed } from '../idempotency.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { limit, nextLink, pollParams, revisionNumber } from '../parameters.ts'
import { commentJson, commentSchema } from '../representation.ts'

/** List and add comments. */
export const comments: ApiRoutes<'config' | 'ballotBox' | 'polls'> = async (app, { services }) => {
  const { ballotBox, polls, config } = services

  app.get('/polls/:id/comments', { schema: list }, async (request, reply) => {
    const { before, limit } = request.query
    await polls.view(request.params.id)
    const found = await polls.comments(request.params.id, { before, limit: limit + 1 })
    const shown = found.slice(0, limit)
    const next = found.length > limit ? (shown.at(-1)?.revision ?? null) : null
    if (next) reply.header('link', nextLink(request.url, config.publicUrl, { before: next }))
    return { comments: shown.map(commentJson), next }
  })
  app.post('/polls/:id/comments', { schema: add, preHandler: app.limits.write }, async (request, reply) => {
    const ifRevision = await expectedRevision(request, polls)
    const command = { type: 'comment', by: signedIn(request), ifRevision, ...request.body } as const
    const submission = { pollId: request.params.id, command }
    return reply
      .code(201)
      .send(await submitKeyed(ballotBox, request, submission, ({ events }) => commentJson(commentOf(events))))
  })
}

function commentOf(events: readonly PollEvent[]): Comment {
  const [event] = events
  if (event?.facts.type !== 'commented') throw new TypeError('The comment command logged no comment.')
  return { revision: event.revision, author: event.actor, at: event.at, body: event.facts.body }
}

const tag = 'Conversation'

const list = operation(
  {
    operationId: 'listComments',
    tag,
    summary: 'List comments',
    description: 'Newest first.',
    access: 'everybody',
    answers: {
      200: {
        description: 'A page of comments',
        schema: z
          .strictObject({
            comments: z.array(commentSchema),
            next: z.int().nullable().describe('The value of `before` for the next page; null on the last page'),
          })
          .meta({ id: 'CommentPage' }),
        headers: { Link: 'The next page, rel="next", unless this is the last' },
      },
    },
  },
  {
    params: pollParams,
    querystring: z.strictObject({
      before: revisionNumber.optional().describe('Only comments before this revision'),
      limit,
    }),
  },
)

const add = operation(
  {
    operationId: 'addComment',
    tag,
    summary: 'Add a comment',
    description: 'Closed polls accept comments, too.',
    access: 'person',
    isChange: true,
    answers: { 201: { description: 'The new comment', schema: commentSchema } },
  },
  {
    params: pollParams,
    body: newComment.meta({ examples: [{ body: 'The noodles were good last time.' }] }),
    headers: ifMatch.extend(idempotencyKey.shape),
  },
)
