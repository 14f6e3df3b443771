import type { FastifyInstance, FastifyRequest } from 'fastify'
import { changing, errorsOf, field, fieldsOf } from '../pages/forms.ts'
import { canonicalDates } from '../polls/date-option.ts'
import { newOptionId } from '../polls/ids.ts'
import { newOption } from '../polls/inputs.ts'
import { pollPath } from '../polls/slug.ts'
import { personOf } from './ballot.ts'
import { datesOf, noDates, typedDates, wrongFields } from './date-fields.ts'
import { submitOnce } from './once.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused, viewPoll } from './poll.ts'
import type { WebOptions } from './web.ts'

/** What stands in the form: a title, or the fields of dates in the poll's zone. */
export async function typedOption(web: WebOptions, request: FastifyRequest<PollParams>) {
  const fields = fieldsOf(request)
  const { poll } = await viewPoll(web, request)
  if (poll.method !== 'dates') return { title: field(fields, 'title'), typed: field(fields, 'title'), dates: undefined }
  const [dates = noDates] = typedDates(fields)
  return { title: datesOf(dates, poll.timeZone ?? 'UTC'), typed: '', dates }
}

export async function options(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.post<PollParams>('/polls/:slug/options', changing(app), async (request, reply) => {
    const { title, ...typed } = await typedOption(web, request)
    const input = newOption.safeParse({ title })
    const form = { form: 'option', ...typed } as const
    if (typed.dates && canonicalDates(title) === undefined)
      return showRefused(web, request, reply, { ...form, status: 422, errors: { title: wrongFields } })
    if (!input.success) return showRefused(web, request, reply, { ...form, status: 422, errors: errorsOf(input.error) })
    try {
      const option = { id: newOptionId(), title: input.data.title }
      const command = { type: 'addOption', option, by: personOf(request) } as const
      const submission = { pollId: pollIdOf(request), command }
      const path = await submitOnce(web.services, request, submission, ({ poll }) => `${pollPath(poll)}#vote`)
      return reply.redirect(path, 303)
    } catch (refusal) {
      return showRefusal(web, request, reply, refusal, form)
    }
  })
}
