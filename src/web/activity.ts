import type { FastifyInstance, FastifyRequest } from 'fastify'
import { showPage } from '../pages/page.ts'
import { seenBy } from '../polls/results-visible.ts'
import type { Poll } from '../polls/types.ts'
import { eventModel } from './event-model.ts'
import { type PollParams, viewPoll } from './poll.ts'
import { eventsShown } from './poll-fragments.ts'
import { pollModel } from './poll-model.ts'
import type { WebOptions } from './web.ts'

/** The poll's log, page by page. */
export async function activity(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.get<PollParams>('/polls/:slug/activity', async (request, reply) => {
    const view = await viewPoll(web, request)
    const poll = seenBy(view.poll, view.choices)
    const events = await web.services.polls.events(poll.id, { before: beforeOf(request, poll), limit: eventsShown })
    const now = web.services.clock()
    const oldest = events.at(-1)?.revision ?? 1
    return showPage(request, reply, 'activity', {
      title: `Activity of ${poll.title}`,
      now,
      poll: pollModel(poll, now),
      events: events.map((event) => eventModel(event, poll, now)),
      older: oldest > 1 ? oldest : undefined,
    })
  })
}

/** The revision that a page of the log ends before: `?before=`, or else the newest. */
export function beforeOf(request: FastifyRequest, poll: Poll): number {
  const { before } = request.query as { before?: unknown }
  const newest = poll.revision + 1
  return typeof before === 'string' && /^\d{1,9}$/.test(before) ? Math.min(Number(before), newest) : newest
}
