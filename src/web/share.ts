import type { FastifyInstance } from 'fastify'
import { renderSVG } from 'uqr'
import { pollPath } from '../polls/slug.ts'
import { type PollParams, viewPoll } from './poll.ts'
import type { WebOptions } from './web.ts'

/** The poll's link as a QR code. */
export async function share(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.get<PollParams>('/polls/:slug/qr.svg', async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    const { href } = new URL(pollPath(poll), web.services.config.publicUrl)
    return reply
      .type('image/svg+xml')
      .header('cache-control', 'private, max-age=3600')
      .send(renderSVG(href, { border: 2 }))
  })
}
