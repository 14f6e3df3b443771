import type { FastifyInstance } from 'fastify'
import { pollPath } from '../../polls/model/ids.ts'
import { counted } from '../../polls/model/phrases.ts'
import { changing } from '../../server/pages/forms.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { type PollParams, showRefusal, viewPoll } from './poll.ts'
import { personOf } from './voting/ballot.ts'

/** The creator reminds people who have not voted: in the threads of the poll. */
export async function remind(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  app.post<PollParams>('/polls/:slug/remind', changing(app), async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    const { people } = await web.services.nonVoters.of(poll)
    try {
      await web.services.ballotBox.submit({
        pollId: poll.id,
        command: { type: 'remind', by: personOf(request), people },
      })
      reply.setFlash(`Reminded ${counted(people, 'person', 'people')}.`)
      return reply.redirect(pollPath(poll), 303)
    } catch (refusal) {
      return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
    }
  })
}
