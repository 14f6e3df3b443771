import type { FastifyInstance } from 'fastify'
import { changing } from '../pages/forms.ts'
import { pollPath } from '../polls/slug.ts'
import { personOf } from './ballot.ts'
import { type PollParams, pollIdOf, showRefusal } from './poll.ts'
import type { WebOptions } from './web.ts'

/** What only a poll's creator can do with it; each its own form and address. */
const steps = ['close', 'reopen', 'archive', 'unarchive', 'delete'] as const

export async function lifecycle(app: FastifyInstance, web: WebOptions): Promise<void> {
  for (const type of steps) {
    app.post<PollParams>(`/polls/:slug/${type}`, changing(app), async (request, reply) => {
      try {
        const command = { type, by: personOf(request) }
        const { poll } = await web.services.box.submit({ pollId: pollIdOf(request), command })
        return reply.redirect(type === 'delete' ? '/?done=deleted' : pollPath(poll), 303)
      } catch (refusal) {
        return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
      }
    })
  }
}
