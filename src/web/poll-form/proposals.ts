import type { FastifyInstance } from 'fastify'
import { pollPath } from '../../polls/model/ids.ts'
import { changing } from '../../server/pages/forms.ts'
import { pollIdOf, showRefusal } from '../poll/poll.ts'
import { personOf } from '../poll/voting/ballot.ts'
import type { PageServices, WebOptions } from '../web-options.ts'

type ProposalParams = { Params: { slug: string; option: string } }

/** The creator approves or dismisses proposed options. */
export async function proposals(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  for (const [step, type] of [
    ['approve', 'approveProposal'],
    ['dismiss', 'dismissProposal'],
  ] as const) {
    app.post<ProposalParams>(`/polls/:slug/proposals/:option/${step}`, changing(app), async (request, reply) => {
      const command = { type, optionId: request.params.option, by: personOf(request) }
      try {
        const { poll } = await web.services.ballotBox.submit({ pollId: pollIdOf(request), command })
        return reply.redirect(`${pollPath(poll)}#vote`, 303)
      } catch (refusal) {
        return showRefusal(web, request, reply, refusal, { form: 'ballot' })
      }
    })
  }
}
