import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Poll } from '../../polls/model/poll.ts'
import { notModified, showPage, timeBucket } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { type PollParams, viewPoll } from './poll.ts'
import { type PollModel, timesOf } from './poll-model.ts'

export type ActivityPageModel = Page & { poll: PollModel; activityHtml: string }

declare module '../../server/views.ts' {
  interface Views {
    'poll/activity': ActivityPageModel
  }
}

/** The poll's log, page by page. */
export async function activity(app: FastifyInstance, web: WebOptions<PageServices>): Promise<void> {
  app.get<PollParams>('/polls/:slug/activity', async (request, reply) => {
    const view = await viewPoll(web, request)
    const { poll, version, hasVoted } = view
    const before = beforeOf(request, poll)
    const now = web.services.clock()
    const shown = [poll.id, version, hasVoted, before, timeBucket(now, timesOf(poll))].join()
    if (notModified(request, reply, shown)) return reply
    return showPage(request, reply, 'poll/activity', {
      title: `Activity of ${poll.title}`,
      now,
      poll: web.fragments.model(view, now),
      activityHtml: await web.fragments.olderActivity(view, before),
    })
  })
}

/** The revision that a page of the log ends before: `?before=`, or else the newest. */
export function beforeOf(request: FastifyRequest, poll: Poll): number {
  const { before } = request.query as { before?: unknown }
  const newest = poll.revision + 1
  return typeof before === 'string' && /^\d{1,9}$/.test(before) ? Math.min(Number(before), newest) : newest
}
