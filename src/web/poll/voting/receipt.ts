import type { FastifyInstance } from 'fastify'
import { readReceiptCode } from '../../../polls/anonymous/receipt.ts'
import { keepReceipt } from '../../../server/cookies/receipt-cookies.ts'
import { field, fieldsOf } from '../../../server/pages/forms.ts'
import type { PageServices, WebOptions } from '../../web-options.ts'
import { type PollParams, pollIdOf, showRefused } from '../poll.ts'
import { returnTo } from './ballot.ts'

const noReceipt = 'A receipt has 26 letters and digits. Enter all of them.'
const noBallot = 'No ballot in this poll has this receipt. Check it and try again.'

/** Stores the receipt of an anonymous ballot from another browser in this one, if the ballot exists. */
export async function receipt(app: FastifyInstance, web: WebOptions<PageServices>): Promise<void> {
  const looking = { preHandler: [app.csrfProtection, app.limits.vote] }

  app.post<PollParams>('/polls/:slug/receipt', looking, async (request, reply) => {
    const typed = field(fieldsOf(request), 'receipt')
    const { poll } = await web.services.polls.view(pollIdOf(request))
    const code = readReceiptCode(typed)
    const found = code === undefined ? [] : await web.services.anonymousBallots.choices(poll, code)
    if (code === undefined || found.length === 0) {
      const message = code === undefined ? noReceipt : noBallot
      const refused = { form: 'receipt', status: 422, typed, message, errors: { receipt: message } } as const
      return showRefused(web, request, reply, refused)
    }
    keepReceipt(web.services, request, reply, { pollId: poll.id, code })
    return reply.redirect(returnTo(request, poll), 303)
  })
}
