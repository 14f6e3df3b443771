import type { FastifyInstance } from 'fastify'
import { changing, errorsOf, field, fieldsOf } from '../pages/forms.ts'
import { newOptionId } from '../polls/ids.ts'
import { newOption } from '../polls/inputs.ts'
import { pollPath } from '../polls/slug.ts'
import { personOf } from './ballot.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused } from './poll.ts'
import type { WebOptions } from './web.ts'

export async function options(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.post<PollParams>('/polls/:slug/options', changing(app), async (request, reply) => {
    const typed = field(fieldsOf(request), 'title')
    const input = newOption.safeParse({ title: typed })
    const form = { form: 'option', typed } as const
    if (!input.success) return showRefused(web, request, reply, { ...form, status: 422, errors: errorsOf(input.error) })
    try {
      const option = { id: newOptionId(), title: input.data.title }
      const command = { type: 'addOption', option, by: personOf(request) } as const
      const { poll } = await web.services.box.submit({ pollId: pollIdOf(request), command })
      return reply.redirect(`${pollPath(poll)}#vote`, 303)
    } catch (refusal) {
      return showRefusal(web, request, reply, refusal, form)
    }
  })
}
