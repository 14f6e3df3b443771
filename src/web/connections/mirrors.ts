import type { FastifyInstance } from 'fastify'
import { type PollParams, viewPoll } from '../poll/poll.ts'
import type { WebOptions } from '../web-options.ts'
import { mirrorsModel } from './mirrors-model.ts'

/** Where a poll is mirrored, for its open pages: a chat is told of what they show a moment later. */
export async function mirrors(
  app: FastifyInstance,
  web: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
): Promise<void> {
  app.get<PollParams>('/polls/:slug/mirrors', async (request, reply) => {
    const { mirrors } = await viewPoll(web, request)
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8')
    return reply.view('parts/mirrors', { mirrors: mirrorsModel(mirrors) })
  })
}
