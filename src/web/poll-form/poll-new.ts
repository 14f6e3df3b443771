import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CommandResult } from '../../polls/ballot-box/batch.ts'
import { newOptionId, newPollId, pollPath } from '../../polls/model/ids.ts'
import { limits } from '../../polls/model/limits.ts'
import { changing, errorsOf, errorsOfRefusal, type FormErrors, fieldsOf } from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import { expectReachable, expectSignIn } from '../../server/sign-in-requirements.ts'
import type { Page } from '../../server/views.ts'
import { submitOnce } from '../once.ts'
import { personOf } from '../poll/ballot.ts'
import type { WebOptions } from '../web-options.ts'
import { noDates, type TypedDates } from './date-fields.ts'
import {
  emptyPoll,
  formModel,
  type PollForm,
  type PollFormModel,
  problemsWithTimes,
  readNewPoll,
  type TypedNewPoll,
  typedPoll,
} from './poll-form.ts'
import { type VoterListCheckPart, voterListToCheck, votersIn } from './voter-list-field.ts'

const rowsAtFirst = 4
const rowsMore = 5

export type PollNewPageModel = Page & PollFormModel<TypedNewPoll> & Pick<VoterListCheckPart, 'toCheck'>

declare module '../../server/views.ts' {
  interface Views {
    'poll-new': PollNewPageModel
  }
}

/** Creating a poll. */
export async function pollNew(
  app: FastifyInstance,
  web: WebOptions<'config' | 'clock' | 'ballotBox' | 'polls'>,
): Promise<void> {
  app.get('/polls/new', async (request, reply) => showNew(web, request, reply, { typed: emptyPoll, rows: rowsAtFirst }))

  app.get('/polls/new/dates', async (request, reply) => {
    const typed = { ...emptyPoll, method: 'dates', dates: [] }
    return showNew(web, request, reply, { typed, rows: rowsAtFirst })
  })

  const { config, preHandler } = changing(app)
  app.post('/polls', { config, preHandler: preHandler.toSpliced(1, 0, moreRows) }, async (request, reply) => {
    const typed = typedPoll(fieldsOf(request))
    const voters = votersIn(web.services, typed.voterList?.roll ?? '')
    const input = readNewPoll(typed, voters)
    const again = (errors: FormErrors) => showNew(web, request, reply.code(422), { typed, errors, rows: rowsAtFirst })
    const problems = problemsWithTimes(typed)
    if (!input.success) return again({ ...errorsOf(input.error), ...problems })
    if (Object.keys(problems).length > 0) return again(problems)
    const toCheck = typed.voterList && voterListToCheck(typed.voterList, voters)
    const options = input.data.options.map((title) => ({ id: newOptionId(), title }))
    const command = { type: 'create', ...input.data, options, by: personOf(request) } as const
    try {
      expectSignIn(web.services, command.votersSignedIn)
      expectReachable(web.services, voters)
      if (toCheck) return showNew(web, request, reply, { typed, rows: rowsAtFirst, toCheck })
      const submission = { pollId: newPollId(), command }
      const pathAfter = ({ poll }: CommandResult) => `${pollPath(poll)}#share`
      return reply.redirect(await submitOnce(web.services, request, submission, pathAfter), 303)
    } catch (refusal) {
      return again(errorsOfRefusal(refusal))
    }
  })

  /** The button for more rows creates nothing, so newcomers need no name. */
  async function moreRows(request: FastifyRequest, reply: FastifyReply) {
    if (!('rows' in fieldsOf(request))) return
    const typed = typedPoll(fieldsOf(request))
    return showNew(web, request, reply, { typed, rows: Math.min(typed.options.length + rowsMore, limits.options.max) })
  }
}

async function showNew(
  web: WebOptions<'clock' | 'polls'>,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    typed,
    errors,
    rows,
    toCheck,
  }: PollForm<TypedNewPoll> & { rows: number; toCheck?: ReturnType<typeof voterListToCheck> },
) {
  const missing = Math.max(0, rows - typed.options.length)
  const dates = typed.dates && [...typed.dates, ...Array<TypedDates>(missing).fill(noDates)]
  const options = [...typed.options, ...Array<string>(missing).fill('')]
  const model = await formModel(web, { typed: { ...typed, options, ...(dates && { dates }) }, errors })
  return showPage(request, reply, 'poll-new', { title: 'New poll', toCheck, ...model })
}
