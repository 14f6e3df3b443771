import type { FastifyInstance, FastifyRequest } from 'fastify'
import { newComment } from '../../polls/inputs/inputs.ts'
import { pollPath } from '../../polls/model/ids.ts'
import { changing, errorsOf, field, fieldsOf } from '../../server/pages/forms.ts'
import { notModified, showPage, timeBucket } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import { newcomersTo } from '../newcomers.ts'
import { submitOnce } from '../once.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { beforeOf } from './activity.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused, viewPoll } from './poll.ts'
import { type PollModel, timesOf } from './poll-model.ts'
import { personOf } from './voting/ballot.ts'

export type CommentsPageModel = Page & { poll: PollModel; commentsHtml: string }

declare module '../../server/views.ts' {
  interface Views {
    'poll/comments': CommentsPageModel
  }
}

export async function comments(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  app.get<PollParams>('/polls/:slug/comments', async (request, reply) => {
    const view = await viewPoll(web, request)
    const { poll, version } = view
    const before = beforeOf(request, poll)
    const now = web.services.clock()
    if (notModified(request, reply, [poll.id, version, before, timeBucket(now, timesOf(poll))].join())) return reply
    return showPage(request, reply, 'poll/comments', {
      title: `Comments on ${poll.title}`,
      now,
      poll: web.fragments.model(view, now),
      commentsHtml: await web.fragments.olderComments(view, before, request.person),
    })
  })

  const newcomers = newcomersTo(web, 'your comment', async (request, reply) => {
    const { form, input } = readComment(request)
    if (!input.success) return showRefused(web, request, reply, { ...form, status: 422, errors: errorsOf(input.error) })
  })

  app.post<PollParams>('/polls/:slug/comments', changing(app, 'write', newcomers), async (request, reply) => {
    const { form, input } = readComment(request)
    if (!input.success) return showRefused(web, request, reply, { ...form, status: 422, errors: errorsOf(input.error) })
    try {
      const command = { type: 'comment', body: input.data.body, by: personOf(request) } as const
      const submission = { pollId: pollIdOf(request), command }
      const path = await submitOnce(web.services, request, submission, ({ poll }) => `${pollPath(poll)}#comments`)
      return reply.redirect(path, 303)
    } catch (refusal) {
      return showRefusal(web, request, reply, refusal, form)
    }
  })
}

function readComment(request: FastifyRequest) {
  const typed = field(fieldsOf(request), 'body')
  return { form: { form: 'comment', typed } as const, input: newComment.safeParse({ body: typed }) }
}
