import type { FastifyInstance, FastifyRequest } from 'fastify'
import { changing, errorsOf, field, fieldsOf } from '../pages/forms.ts'
import { newOptionId } from '../polls/ids.ts'
import { newOption } from '../polls/inputs.ts'
import { pollPath } from '../polls/slug.ts'
import { personOf } from './ballot.ts'
import { datesOf, hasTimes, noDates, typedDates, typedZone } from './date-fields.ts'
import { submitOnce } from './once.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused, viewPoll } from './poll.ts'
import { problemWithZone, zoneToReadIn } from './poll-form.ts'
import type { WebOptions } from './web.ts'

/**
 * What stands in the form: a title, or the fields of dates in the zone that the form names, which is the poll's unless
 * the page showed times in another one. `errors` are about what makes no date.
 */
export async function typedOption(web: WebOptions, request: FastifyRequest<PollParams>) {
  const fields = fieldsOf(request)
  const { poll } = await viewPoll(web, request)
  const typed = field(fields, 'title')
  if (poll.method !== 'dates') return { title: typed, typed, dates: undefined, errors: undefined }
  const [dates = noDates] = typedDates(fields)
  const zone = typedZone(fields) || (poll.timeZone ?? 'UTC')
  const { title = '', problem } = datesOf(dates, zoneToReadIn(zone))
  const timeZone = hasTimes(dates) ? problemWithZone(zone) : undefined
  const errors = problem || timeZone ? { ...(problem && { title: problem }), ...(timeZone && { timeZone }) } : undefined
  return { title, typed: '', dates, errors }
}

export async function options(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.post<PollParams>('/polls/:slug/options', changing(app), async (request, reply) => {
    const { title, errors, ...typed } = await typedOption(web, request)
    const input = newOption.safeParse({ title })
    const form = { form: 'option', ...typed } as const
    if (errors) return showRefused(web, request, reply, { ...form, status: 422, errors })
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
