import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CommandResult } from '../../polls/ballot-box/batch.ts'
import { newOptionId, newPollId, pollPath } from '../../polls/model/ids.ts'
import { limits } from '../../polls/model/limits.ts'
import { listed } from '../../polls/model/phrases.ts'
import { isCreator } from '../../polls/rules/permissions.ts'
import { holdPrivateLink } from '../../server/cookies/private-link-cookie.ts'
import { changing, errorsOf, errorsOfRefusal, type FormErrors, fieldsOf } from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import { expectReachable, expectSignIn } from '../../server/sign-in-requirements.ts'
import type { Page } from '../../server/views.ts'
import type { Services } from '../../services.ts'
import { unnamedPlaces } from '../connections/mirrors-model.ts'
import { submitOnce } from '../once.ts'
import { type PollParams, viewPoll } from '../poll/poll.ts'
import { personOf } from '../poll/voting/ballot.ts'
import type { WebOptions } from '../web-options.ts'
import { noDates } from './date-fields.ts'
import { typedAgain } from './poll-again.ts'
import {
  emptyPoll,
  type FlowsPart,
  formModel,
  type PollForm,
  type PollFormModel,
  pastClosingTime,
  problemsWithTimes,
  readNewPoll,
  type TypedNewPoll,
  typedPoll,
  withPastDates,
} from './poll-form.ts'
import { presets } from './presets.ts'
import { type VoterListCheckPart, voterListToCheck, votersIn } from './voter-list-field.ts'

const rowsAtFirst = 4
const rowsMore = 5

export type PollNewPageModel = Page &
  PollFormModel<TypedNewPoll> &
  Pick<VoterListCheckPart, 'toCheck'> &
  Omit<FlowsPart, 'typed'> & { presets: typeof presets }

declare module '../../server/views.ts' {
  interface Views {
    'poll-form/poll-new': PollNewPageModel
  }
}

/** Creating a poll. */
export async function pollNew(
  app: FastifyInstance,
  web: WebOptions<
    | 'config'
    | 'secrets'
    | 'clock'
    | 'chats'
    | 'ballotBox'
    | 'polls'
    | 'signInLinks'
    | 'connections'
    | 'anonymousBallots'
  >,
): Promise<void> {
  app.get('/polls/new', async (request, reply) => showNew(web, request, reply, { typed: emptyPoll, rows: rowsAtFirst }))

  app.get<PollParams>('/polls/:slug/again', async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    const isOwn = isCreator(poll, request.person)
    const voters = poll.hasRoll && isOwn ? await web.services.polls.voterList(poll, request.person) : []
    const now = web.services.clock()
    const typed = withPastDates(typedAgain(poll, voters.map(({ name }) => name).join('\n')), now)
    const errors = { ...pastClosingTime(typed, now), ...problemsWithTimes(typed) }
    return showNew(web, request, reply, { typed, errors, rows: rowsAtFirst })
  })

  app.get('/polls/new/dates', async (request, reply) => {
    const typed = { ...emptyPoll, preset: 'dates', method: 'dates' } as const
    return showNew(web, request, reply, { typed, rows: rowsAtFirst })
  })

  const { config, preHandler } = changing(app, 'write', { what: 'your poll' })
  const checks = preHandler.toSpliced(1, 0, moreRows).toSpliced(-1, 0, refuseInvalid)
  app.post('/polls', { config, preHandler: checks }, async (request, reply) => {
    const { typed, voters, input } = readForm(web.services, request)
    if (!input) throw new TypeError('An invalid form is answered before.')
    const toCheck = voterListToCheck(typed.voterList, voters)
    if (toCheck) return showNew(web, request, reply, { typed, rows: rowsAtFirst, toCheck })
    const options = input.options.map((title) => ({ id: newOptionId(), title }))
    const command = { type: 'create', ...input, options, by: personOf(request) } as const
    try {
      const submission = { pollId: newPollId(), command }
      const pathAfter = ({ poll }: CommandResult) => `${pollPath(poll)}#share`
      const path = await submitOnce(web.services, request, submission, pathAfter)
      const token = request.isSignedIn ? undefined : await web.services.signInLinks.createFirst(command.by.id)
      if (token) holdPrivateLink(web.services, reply, token)
      return reply.redirect(path, 303)
    } catch (refusal) {
      return showNew(web, request, reply.code(422), { typed, errors: errorsOfRefusal(refusal), rows: rowsAtFirst })
    }
  })

  /** The button for more rows creates nothing, so newcomers need no name. */
  async function moreRows(request: FastifyRequest, reply: FastifyReply) {
    if (!('rows' in fieldsOf(request))) return
    const typed = withPastDates(typedPoll(fieldsOf(request)), web.services.clock())
    return showNew(web, request, reply, { typed, rows: Math.min(typed.options.length + rowsMore, limits.options.max) })
  }

  /** Before newcomers are asked for a name. */
  async function refuseInvalid(request: FastifyRequest, reply: FastifyReply) {
    const { typed, input, errors } = readForm(web.services, request)
    if (!input) return showNew(web, request, reply.code(422), { typed, errors, rows: rowsAtFirst })
  }
}

/** What the form holds, and everything that is wrong with it. `input` is undefined if anything is. */
function readForm(services: Pick<Services, 'chats' | 'clock'>, request: FastifyRequest) {
  const typed = withPastDates(typedPoll(fieldsOf(request)), services.clock())
  const voters = votersIn(services, typed.voterList.roll)
  const { data, error } = readNewPoll(typed, voters)
  const errors = {
    ...refusalOf(() => expectReachable(services, voters)),
    ...refusalOf(() => expectSignIn(services, typed.votersSignedIn)),
    ...pastClosingTime(typed, services.clock()),
    ...(error && errorsOf(error)),
    ...problemsWithTimes(typed),
  }
  return { typed, voters, errors, input: Object.keys(errors).length === 0 ? data : undefined }
}

function refusalOf(check: () => void): FormErrors {
  try {
    check()
    return {}
  } catch (refusal) {
    return errorsOfRefusal(refusal)
  }
}

async function showNew(
  web: WebOptions<'clock' | 'polls' | 'connections' | 'chats'>,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    typed,
    errors,
    rows,
    toCheck,
  }: PollForm<TypedNewPoll> & { rows: number; toCheck?: ReturnType<typeof voterListToCheck> },
) {
  const isDates = typed.method === 'dates'
  const titles = padded(typed.titles, isDates ? rowsAtFirst : rows, '')
  const dates = padded(typed.dates, isDates ? rows : rowsAtFirst, noDates)
  const model = await formModel(web, { typed: { ...typed, titles, dates }, errors })
  const rooms = await web.services.connections.following([...web.services.chats.keys()])
  const flows = request.isSignedIn ? rooms : []
  return showPage(request, reply, 'poll-form/poll-new', {
    title: 'New poll',
    toCheck,
    presets,
    flows,
    roomIds: rooms.map(({ id }) => id),
    postedIn: listed.format(unnamedPlaces(rooms, web.services.chats)),
    ...model,
  })
}

/** With empty rows at the end. */
function padded<Row>(filled: readonly Row[], rows: number, empty: Row): Row[] {
  return [...filled, ...Array<Row>(Math.max(0, rows - filled.length)).fill(empty)]
}
