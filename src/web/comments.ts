import type { FastifyInstance } from 'fastify'
import { changing, errorsOf, field, fieldsOf } from '../pages/forms.ts'
import { showPage } from '../pages/page.ts'
import { newComment } from '../polls/inputs.ts'
import { pollPath } from '../polls/slug.ts'
import { beforeOf } from './activity.ts'
import { personOf } from './ballot.ts'
import { submitOnce } from './once.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused, viewPoll } from './poll.ts'
import { commentsShown } from './poll-fragments.ts'
import { commentModel, pollModel } from './poll-model.ts'
import type { WebOptions } from './web.ts'

export async function comments(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.get<PollParams>('/polls/:slug/comments', async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    const page = await web.services.polls.comments(poll.id, {
      before: beforeOf(request, poll),
      limit: commentsShown + 1,
    })
    const now = web.services.clock()
    const shown = page.slice(0, commentsShown)
    return showPage(request, reply, 'comments', {
      title: `Comments on ${poll.title}`,
      now,
      poll: pollModel(poll, now),
      comments: shown.map((comment) => commentModel(comment, now)),
      older: page.length > commentsShown ? shown.at(-1)?.revision : undefined,
    })
  })

  app.post<PollParams>('/polls/:slug/comments', changing(app), async (request, reply) => {
    const typed = field(fieldsOf(request), 'body')
    const input = newComment.safeParse({ body: typed })
    const form = { form: 'comment', typed } as const
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
