import { z } from 'zod'
import { Refusal } from '../../errors.ts'
import { newComment } from '../../polls/inputs/inputs.ts'
import type { PollEvent } from '../../polls/model/events.ts'
import type { Comment } from '../../polls/queries/poll-queries.ts'
import type { Services } from '../../services.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { changePoll } from '../change-poll.ts'
import { expectedRevision, ifMatch } from '../conditional.ts'
import { idempotencyKey, submitKeyed } from '../idempotency.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { commentParams, limit, nextLink, pollParams, revisionNumber } from '../parameters.ts'
import { commentJson, commentSchema, pollSchema } from '../representation.ts'

/** List, add, edit and delete comments. */
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
    // A stored answer must not keep the text of a comment that is deleted meanwhile.
    const made = await submitKeyed(ballotBox, request, submission, ({ events }) => ({ revision: revisionOf(events) }))
    return reply.code(201).send(commentJson(await commentOf(services, submission.pollId, made.revision)))
  })
  app.patch('/polls/:id/comments/:comment', { schema: edit, preHandler: app.limits.write }, async (request) => {
    const { id, comment } = request.params
    await changePoll(services, request, { type: 'editComment', comment, body: request.body.body })
    return commentJson(await commentOf(services, id, comment))
  })
  app.delete('/polls/:id/comments/:comment', { schema: remove, preHandler: app.limits.write }, (request) =>
    changePoll(services, request, { type: 'deleteComment', comment: request.params.comment }),
  )
}

function revisionOf([event]: readonly PollEvent[]): number {
  if (event?.facts.type !== 'commented') throw new TypeError('The comment command logged no comment.')
  return event.revision
}

/** @throws {Refusal} `not_found` */
async function commentOf({ polls }: Pick<Services, 'polls'>, pollId: string, revision: number): Promise<Comment> {
  const comment = await polls.comment(pollId, revision)
  if (!comment) throw new Refusal('not_found', 'This comment was deleted.')
  return comment
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

const edit = operation(
  {
    operationId: 'editComment',
    tag,
    summary: 'Edit a comment',
    description: 'Only for its author. The log says that it was edited, and holds only its new text.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The comment', schema: commentSchema } },
    problems: ['forbidden'],
  },
  {
    params: commentParams,
    body: newComment.meta({ examples: [{ body: 'The soup was good, too.' }] }),
    headers: ifMatch,
  },
)

const remove = operation(
  {
    operationId: 'deleteComment',
    tag,
    summary: 'Delete a comment',
    description:
      'Only for its author, and for the creator of the poll. Its text is deleted, also in the log. The log says that a comment was deleted.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll without the comment', schema: pollSchema } },
    problems: ['forbidden'],
  },
  { params: commentParams, headers: ifMatch },
)
