import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refusals } from '../../errors.ts'
import { newOption } from '../../polls/inputs/inputs.ts'
import { shownTitle } from '../../polls/model/dates.ts'
import { pollPath } from '../../polls/model/ids.ts'
import type { Poll, PollOption } from '../../polls/model/poll.ts'
import { isCreator } from '../../polls/rules/permissions.ts'
import {
  changing,
  errorsOf,
  errorsOfRefusal,
  type FormErrors,
  fieldsOf,
  isAboutFields,
} from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import { pollIdOf, showRefusal, viewPoll } from '../poll/poll.ts'
import { personOf, shownRevisionOf } from '../poll/voting/ballot.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { datesIn, type TypedDates } from './date-fields.ts'
import { typedOption } from './options.ts'

type OptionParams = { Params: { slug: string; option: string } }
/** `asks` to confirm the rename because people have voted. */
type RenameForm = { typed: string; dates?: TypedDates | undefined; errors?: FormErrors; asks?: boolean }

export type OptionRenamePageModel = Page &
  RenameForm & {
    path: string
    shownRevision: number
    optionId: string
    called: string
    timeZone: string
    errors: { title?: string; isConfirmed?: string }
  }

declare module '../../server/views.ts' {
  interface Views {
    'poll-form/option-rename': OptionRenamePageModel
  }
}

/**
 * The creator renames an option. An option with votes is renamed only after confirmation.
 */
export async function optionRename(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  app.get<OptionParams>('/polls/:slug/options/:option', async (request, reply) => {
    const { poll, option } = await ownOption(web, request)
    const dates = poll.method === 'dates' ? datesIn(option.title, poll.timeZone ?? 'UTC') : undefined
    return show(web, request, reply, { poll, option, typed: option.title, dates })
  })

  app.post<OptionParams>('/polls/:slug/options/:option', changing(app), async (request, reply) => {
    const { poll, option } = await ownOption(web, request)
    const { title, errors, ...form } = await typedOption(web, request)
    const again = (status: number, errors: FormErrors, asks = false) =>
      show(web, request, reply.code(status), { poll, option, ...form, errors, asks })
    if (errors) return again(422, errors)
    const input = newOption.safeParse({ title })
    if (!input.success) return again(422, errorsOf(input.error))
    try {
      const isConfirmed = 'isConfirmed' in fieldsOf(request)
      const naming = { optionId: option.id, title: input.data.title, isConfirmed, ...shownRevisionOf(request) }
      const command = { type: 'renameOption', ...naming } as const
      const by = personOf(request)
      const renamed = await web.services.ballotBox.submit({ pollId: pollIdOf(request), command: { ...command, by } })
      return reply.redirect(`${pollPath(renamed.poll)}#option-${option.id}`, 303)
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.code === 'poll_closed') return again(409, { title: refusal.message })
      if (!isAboutFields(refusal)) return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
      if (refusal.code === 'revision_mismatch')
        return showConflict(web, request, reply, { ...form, errors: errorsOfRefusal(refusal) })
      return again(refusals[refusal.code].status, errorsOfRefusal(refusal), refusal.code === 'unconfirmed')
    }
  })
}

/** The option was renamed while the form was open: the form shows its current name, and what was typed. */
async function showConflict(
  web: WebOptions<PageServices>,
  request: FastifyRequest<OptionParams>,
  reply: FastifyReply,
  form: RenameForm,
) {
  return show(web, request, reply.code(409), { ...(await ownOption(web, request)), ...form })
}

/** @throws {Refusal} `not_found`, or `forbidden` for anybody but the poll's creator */
async function ownOption(
  web: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
  request: FastifyRequest<OptionParams>,
) {
  const { poll } = await viewPoll(web, request)
  const option = poll.options.find(({ id }) => id === request.params.option)
  if (!option) throw new Refusal('not_found', 'This poll has no such option. Open the poll again.')
  if (isCreator(poll, request.person)) return { poll, option }
  throw new Refusal('forbidden', 'Only the creator of this poll can rename its options.')
}

function show(
  { services }: WebOptions<'clock'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { poll, option, ...form }: RenameForm & { poll: Poll; option: PollOption },
) {
  return showPage(request, reply, 'poll-form/option-rename', {
    title: 'Rename an option',
    now: services.clock(),
    path: pollPath(poll),
    shownRevision: poll.revision,
    optionId: option.id,
    called: shownTitle(poll, option.title),
    timeZone: poll.timeZone ?? 'UTC',
    errors: {},
    ...form,
  })
}
