import type { FastifyInstance } from 'fastify'
import { settlement } from '../../../polls/inputs/inputs.ts'
import { pollPath } from '../../../polls/model/ids.ts'
import { changing, field, fieldsOf } from '../../../server/pages/forms.ts'
import type { PageServices, WebOptions } from '../../web-options.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused } from '../poll.ts'
import { personOf } from '../voting/ballot.ts'

const noDate = 'No date is chosen. Choose the one to settle on.'

/** The creator settles on a date, or on another one. */
export async function settle(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  app.post<PollParams>('/polls/:slug/settle', changing(app), async (request, reply) => {
    const { data } = settlement.safeParse({ optionId: field(fieldsOf(request), 'option') })
    if (!data?.optionId) {
      const refused = { form: 'lifecycle', status: 422, message: noDate, errors: { option: noDate } } as const
      return showRefused(web, request, reply, refused)
    }
    try {
      const command = { type: 'settle', ...data, by: personOf(request) } as const
      const { poll } = await web.services.ballotBox.submit({ pollId: pollIdOf(request), command })
      return reply.redirect(pollPath(poll), 303)
    } catch (refusal) {
      return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
    }
  })
}
