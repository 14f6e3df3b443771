import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { category, pollEdit } from '../../polls/inputs/inputs.ts'
import { newPoll } from '../../polls/inputs/new-poll.ts'
import { line } from '../../polls/inputs/text.ts'
import { newOptionId, newPollId } from '../../polls/model/ids.ts'
import { expectReachable, expectSignIn } from '../../server/sign-in-requirements.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { entityTag, expectedRevision, ifMatch, ifNoneMatch, isKnown } from '../conditional.ts'
import { idempotencyKey, submitKeyed } from '../idempotency.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { limit, nextLink, pollParams } from '../parameters.ts'
import { type PollJson, pollJson, pollSchema } from '../representation.ts'

/** Create, list, show, edit and delete polls. */
export const polls: ApiRoutes<'config' | 'chats' | 'ballotBox' | 'polls'> = async (app, { services }) => {
  const { ballotBox, polls, config } = services
  const write = { preHandler: app.limits.write }
  const present = (given: Parameters<typeof pollJson>[0]) => pollJson(given, config.publicUrl)

  app.post('/polls', { schema: create, ...write }, async (request, reply) => {
    const by = signedIn(request)
    expectSignIn(services, request.body.votersSignedIn)
    expectReachable(services, request.body.roll)
    const options = request.body.options.map((title) => ({ id: newOptionId(), title }))
    const command = { type: 'create', by, ...request.body, options } as const
    const poll = await submitKeyed(ballotBox, request, { pollId: newPollId(), command }, present)
    return send(reply.code(201).header('location', `/api/polls/${poll.id}`), poll)
  })
  app.get('/polls', { schema: list }, async (request, reply) => {
    const { status, q, category, cursor, limit } = request.query
    if (q) await app.limits.search(request, reply)
    const page = await polls.list({ status, q, category }, { cursor, limit }, request.person?.id)
    if (page.next) reply.header('link', nextLink(request.url, config.publicUrl, { cursor: page.next }))
    return { polls: page.polls.map(present), next: page.next }
  })
  app.get('/polls/:id', { schema: show }, async (request, reply) => {
    const view = await polls.view(request.params.id, request.person?.id)
    return send(reply, present(view), request.headers['if-none-match'])
  })
  app.patch('/polls/:id', { schema: edit, ...write }, async (request, reply) => {
    const ifRevision = await expectedRevision(request, polls)
    if (request.body.votersSignedIn) {
      const { poll } = await polls.view(request.params.id)
      if (!poll.votersSignedIn) expectSignIn(services, true)
    }
    const command = { type: 'edit', by: signedIn(request), ifRevision, ...request.body } as const
    return send(reply, present(await ballotBox.submit({ pollId: request.params.id, command })))
  })
  app.delete('/polls/:id', { schema: remove, ...write }, async (request, reply) => {
    const ifRevision = await expectedRevision(request, polls)
    await ballotBox.submit({
      pollId: request.params.id,
      command: { type: 'delete', by: signedIn(request), ifRevision },
    })
    return reply.code(204).send()
  })
}

/** Sends the poll with its ETag, or 304 if the client has the same. */
function send(reply: FastifyReply, poll: PollJson, known?: string): FastifyReply {
  const json = JSON.stringify(poll)
  const tag = entityTag(poll.revision, json)
  reply.header('etag', tag)
  if (isKnown(known, tag)) return reply.code(304).send()
  return reply.type('application/json').send(json)
}

const tag = 'Polls'
const ETag = 'The revision and a digest, as in "17-nG0Xb8Jd4TqzW1cA"; for If-Match and If-None-Match'
const example = { title: 'Where to eat lunch?', options: ['Noodles', 'Soup'] }

const create = operation(
  {
    operationId: 'createPoll',
    tag,
    summary: 'Create a poll',
    access: 'person',
    isChange: true,
    answers: {
      201: { description: 'The new poll', schema: pollSchema, headers: { Location: 'Its path in this API', ETag } },
    },
  },
  { body: newPoll.meta({ examples: [example] }), headers: idempotencyKey },
)

const list = operation(
  {
    operationId: 'listPolls',
    tag,
    summary: 'List polls',
    description: 'Open polls first, then those with the newest activity. Archived polls are left out.',
    access: 'everybody',
    answers: {
      200: {
        description: 'A page of polls',
        schema: z
          .strictObject({
            polls: z.array(pollSchema),
            next: z.string().nullable().describe('The cursor of the next page; null on the last page'),
          })
          .meta({ id: 'PollPage' }),
        headers: { Link: 'The next page, rel="next", unless this is the last' },
      },
    },
  },
  {
    querystring: z.strictObject({
      status: z
        .enum(['open', 'closed'], 'The status is open or closed.')
        .optional()
        .describe('Only polls of this status'),
      q: line('The search', { min: 0, max: 200 })
        .optional()
        .describe(
          'Only polls with all these words in the title or description, in any order. Ignores case and accents',
        ),
      category: category.optional().describe('Only polls of this category. Ignores case'),
      cursor: z.string().max(200).optional().describe('`next` from the previous page'),
      limit,
    }),
  },
)

const show = operation(
  {
    operationId: 'getPoll',
    tag,
    summary: 'Show a poll',
    access: 'everybody',
    answers: {
      200: { description: 'The poll', schema: pollSchema, headers: { ETag } },
      304: { description: 'Your copy is up to date' },
    },
  },
  { params: pollParams, headers: ifNoneMatch },
)

const edit = operation(
  {
    operationId: 'editPoll',
    tag,
    summary: 'Edit a poll',
    description:
      'Changes only the fields that you send. Only for its creator. Once people have voted, what a ballot can hold, how the winner is found and who sees results earlier stay as they were. You can limit voting to people who have signed in while the poll is open and at most 1,000 people have voted.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The edited poll', schema: pollSchema, headers: { ETag } } },
    problems: ['forbidden', 'poll_closed', 'poll_has_votes', 'unconfirmed'],
  },
  { params: pollParams, body: pollEdit.meta({ examples: [{ title: 'Where to eat on Friday?' }] }), headers: ifMatch },
)

const remove = operation(
  {
    operationId: 'deletePoll',
    tag,
    summary: 'Delete a poll without votes',
    description: 'Only for its creator. You can close and archive a poll with votes instead.',
    access: 'person',
    isChange: true,
    answers: { 204: { description: 'The poll is deleted' } },
    problems: ['forbidden', 'poll_has_votes'],
  },
  { params: pollParams, headers: ifMatch },
)
