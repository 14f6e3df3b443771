import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refusals } from '../../errors.ts'
import { shownTitle } from '../../polls/model/dates.ts'
import { isolated } from '../../polls/model/direction.ts'
import { pollPath } from '../../polls/model/ids.ts'
import { type TitlePhrase, titled } from '../../polls/model/phrases.ts'
import type { Poll, PollOption } from '../../polls/model/poll.ts'
import { askToRemove, refusalToRemove } from '../../polls/rules/managing/removing.ts'
import { isCreator } from '../../polls/rules/permissions.ts'
import { changing, fieldsOf } from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import { viewPoll } from '../poll/poll.ts'
import { personOf } from '../poll/voting/ballot.ts'
import type { PageServices, WebOptions } from '../web-options.ts'

type OptionParams = { Params: { slug: string; option: string } }

export type OptionRemovalPageModel = Page & {
  path: string
  optionId: string
  option: TitlePhrase
  /** Why it cannot be removed. */
  refusal: string | undefined
  /** What removing it does to the votes for it; undefined if nobody voted for it. */
  asks: string | undefined
}

declare module '../../server/views.ts' {
  interface Views {
    'manage/option-removal': OptionRemovalPageModel
  }
}

/** The creator removes an option, after a question if people voted for it. */
export async function optionRemoval(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  app.get<OptionParams>('/polls/:slug/options/:option/remove', async (request, reply) =>
    show(web, request, reply, await ownOption(web, request)),
  )

  app.post<OptionParams>('/polls/:slug/options/:option/remove', changing(app), async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    const isConfirmed = 'isConfirmed' in fieldsOf(request)
    const { option: optionId } = request.params
    const command = { type: 'removeOption', optionId, isConfirmed, by: personOf(request) } as const
    try {
      await web.services.ballotBox.submit({ pollId: poll.id, command })
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      // The form was sent twice.
      if (refusal.code === 'unknown_option' && isCreator(poll, request.person))
        return reply.redirect(`${pollPath(poll)}/edit`, 303)
      return show(web, request, reply.code(refusals[refusal.code].status), await ownOption(web, request))
    }
    const removed = poll.options.find(({ id }) => id === optionId)
    if (removed) reply.setFlash(`The option was removed: ${isolated(shownTitle(poll, removed.title))}`)
    return reply.redirect(`${pollPath(poll)}/edit`, 303)
  })
}

/** @throws {Refusal} `not_found`, or `forbidden` for anybody but the poll's creator */
async function ownOption(
  web: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
  request: FastifyRequest<OptionParams>,
): Promise<{ poll: Poll; option: PollOption }> {
  const { poll } = await viewPoll(web, request)
  if (!isCreator(poll, request.person))
    throw new Refusal('forbidden', 'Only the creator of this poll can remove its options.')
  const option = poll.options.find(({ id }) => id === request.params.option)
  if (!option) throw new Refusal('not_found', 'This option is not in the poll any more. Open the poll again.')
  return { poll, option }
}

async function show(
  { services }: WebOptions<'clock' | 'polls'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { poll, option }: { poll: Poll; option: PollOption },
) {
  const refusal = refusalToRemove(poll)
  const count = refusal ? 0 : await services.polls.ballotsNaming(poll.id, option.id)
  return showPage(request, reply, 'manage/option-removal', {
    title: 'Remove an option',
    now: services.clock(),
    path: pollPath(poll),
    optionId: option.id,
    option: titled(poll, option.title),
    refusal: refusal?.message,
    asks: count > 0 ? askToRemove(poll, count) : undefined,
  })
}
