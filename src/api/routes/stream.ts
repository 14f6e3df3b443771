import { finished } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Refusal } from '../../errors.ts'
import { type Chunk, StreamHub, sseEvent, startStream } from '../../live/stream-hub.ts'
import { viewerOf } from '../../live/viewer.ts'
import type { PollEvent } from '../../polls/model/events.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { eventJson } from '../event-representation.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams, revisionNumber } from '../parameters.ts'
import { problem } from '../problem.ts'

/** Per process. Each open stream holds a socket. */
const maxViewers = 10_000
/** Events of one query when a stream resumes. */
const resumeBatchSize = 500

/** New events of a poll, as server-sent events. */
export const stream: ApiRoutes<'polls' | 'live'> = async (app, { services }) => {
  const { polls, live } = services
  const hub = new StreamHub(live, {
    change: async ({ poll, events }) => events.map((event) => chunk(event, poll)),
    since: async (pollId, after) => {
      const events = await polls.events(pollId, { after, limit: resumeBatchSize })
      const { poll } = await polls.view(pollId)
      return events.map((event) => chunk(event, poll))
    },
  })
  app.addHook('preClose', () => hub.close())

  const route = {
    schema: watch,
    config: { shed: 'changes' },
    sse: 'only',
    exposeHeadRoute: false,
    preHandler: app.limits.streams,
    preSerialization: notAcceptable,
  } as const
  app.get('/polls/:id/stream', route, async (request, reply) => {
    const { poll } = await polls.view(request.params.id)
    if (hub.size >= maxViewers) throw new Refusal('unavailable', 'Too many streams are open. Try again later.')
    if (reply.raw.destroyed) return
    const after = request.headers['last-event-id'] ?? request.query.after ?? poll.revision
    startStream(reply)
    finished(
      reply.raw,
      hub.join(poll, viewerOf(reply.raw, { personId: undefined, revision: Math.min(after, poll.revision) })),
    )
  })
}

function chunk(event: PollEvent, poll: Poll): Chunk {
  const { revision, facts } = event
  return { revision, bytes: sseEvent({ id: revision, event: facts.type, data: eventJson(event, poll) }) }
}

/** Turns the SSE plugin's 406 response into problem details. */
async function notAcceptable({ id }: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (reply.statusCode !== 406) return payload
  reply.type('application/problem+json; charset=utf-8').header('cache-control', 'no-store')
  return { ...problem('not_acceptable', 'This is an event stream: accept text/event-stream.'), requestId: id }
}

const watch = operation(
  {
    operationId: 'watchPoll',
    tag: 'Following',
    summary: 'Watch a poll live',
    description:
      'Server-sent events. Each event of the log is a message: its id is the revision, its event is the type, its data is the JSON from /events. Results that are hidden before you vote are always hidden here. The stream resumes after Last-Event-ID, or `after`. Without either, it starts with the next event.',
    access: 'everybody',
    answers: {
      200: { description: 'An endless stream', schema: z.string(), type: 'text/event-stream' },
    },
    problems: ['not_acceptable', 'unavailable'],
  },
  {
    params: pollParams,
    querystring: z.strictObject({ after: revisionNumber.optional().describe('Resume after this revision') }),
    headers: z.looseObject({
      'last-event-id': revisionNumber
        .optional()
        .describe('Resume after this revision; sent by browsers that reconnect'),
    }),
  },
)
