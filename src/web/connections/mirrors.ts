import type { FastifyInstance } from 'fastify'
import type { Given, ViewContext } from '../../server/views.ts'
import { type PollParams, viewPoll } from '../poll/poll.ts'
import type { WebOptions } from '../web-options.ts'
import { mirrorsFor, type mirrorsModel } from './mirrors-model.ts'

export type MirrorsPart = ViewContext & { mirrors: ReturnType<typeof mirrorsModel> }

declare module '../../server/views.ts' {
  interface Views {
    'parts/connections/mirrors': MirrorsPart
  }
}

/** A poll's mirrors, fetched by its open pages: delivery to a chat ends shortly after they show a change. */
export async function mirrors(
  app: FastifyInstance,
  web: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
): Promise<void> {
  app.get<PollParams>('/polls/:slug/mirrors', async (request, reply) => {
    const { mirrors, poll } = await viewPoll(web, request)
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8')
    return reply.view('parts/connections/mirrors', {
      mirrors: mirrorsFor(mirrors, poll, request),
    } satisfies Given<'parts/connections/mirrors'>)
  })
}
