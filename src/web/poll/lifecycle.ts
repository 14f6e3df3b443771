import type { FastifyInstance } from 'fastify'
import { renderSVG } from 'uqr'
import { settlement } from '../../polls/inputs/inputs.ts'
import { isolated } from '../../polls/model/direction.ts'
import { pollPath } from '../../polls/model/ids.ts'
import { counted } from '../../polls/model/phrases.ts'
import { changing, field, fieldsOf } from '../../server/pages/forms.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused, viewPoll } from './poll.ts'
import { backTo, personOf } from './voting/ballot.ts'

/** The poll's link as a QR code. */
export async function share(
  app: FastifyInstance,
  web: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
): Promise<void> {
  app.get<PollParams>('/polls/:slug/qr.svg', async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    const { href } = new URL(pollPath(poll), web.services.config.publicUrl)
    return reply
      .type('image/svg+xml')
      .header('cache-control', 'private, max-age=3600')
      .send(renderSVG(href, { border: 2 }))
  })
}

/** What only a poll's creator can do with it; each its own form and address. */
const steps = ['close', 'reopen', 'archive', 'unarchive', 'delete'] as const

const done = { close: 'Closed', reopen: 'Reopened', archive: 'Archived', unarchive: 'Unarchived' }

export async function lifecycle(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  for (const type of steps) {
    app.post<PollParams>(`/polls/:slug/${type}`, changing(app), async (request, reply) => {
      try {
        const command = { type, by: personOf(request) }
        const { poll } = await web.services.ballotBox.submit({ pollId: pollIdOf(request), command })
        if (type === 'delete') return reply.redirect('/?done=deleted', 303)
        const back = backTo(request)
        if (back) reply.setFlash(`${done[type]}: ${isolated(poll.title)}`)
        return reply.redirect(back ?? pollPath(poll), 303)
      } catch (refusal) {
        return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
      }
    })
  }
}

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
