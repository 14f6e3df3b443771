import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refusals } from '../../errors.ts'
import { voterListChange } from '../../polls/inputs/inputs.ts'
import { writeVoterList } from '../../polls/inputs/voter-list-text.ts'
import { pollPath } from '../../polls/model/ids.ts'
import { limits } from '../../polls/model/limits.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { isCreator } from '../../polls/rules/permissions.ts'
import {
  changing,
  errorsOf,
  errorsOfRefusal,
  type FormErrors,
  fieldsOf,
  isAboutFields,
  list,
} from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import { expectReachable } from '../../server/sign-in-requirements.ts'
import type { Page } from '../../server/views.ts'
import { type PollParams, pollIdOf, showRefusal, viewPoll } from '../poll/poll.ts'
import { personOf } from '../poll/voting/ballot.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import {
  type TypedVoterList,
  typedVoterList,
  type VoterListCheckPart,
  voterListToCheck,
  votersIn,
} from './voter-list-field.ts'

export type VoterListPageModel = Page &
  Pick<VoterListCheckPart, 'toCheck'> & {
    path: string
    poll: { title: string; isOnlyAdding: boolean; hasVotes: boolean; closesEarly: boolean }
    typed: TypedVoterList
    shown: readonly string[]
    errors: FormErrors
  }

declare module '../../server/views.ts' {
  interface Views {
    'poll-form/voter-list': VoterListPageModel
  }
}

/** In bytes. The form holds the list twice: as typed, and as shown. */
const bodyLimit = 128 * 1_024

/** `shown` holds the entries that the form first showed. */
type Form = {
  typed: TypedVoterList
  shown: readonly string[]
  errors?: FormErrors
  toCheck?: ReturnType<typeof voterListToCheck>
}

/** The creator edits the voter list of an open poll. */
export async function voterList(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  const { services } = web

  app.get<PollParams>('/polls/:slug/voters', async (request, reply) => {
    const { poll } = await ownPoll(web, request)
    const entries = await services.polls.voterList(poll, request.person)
    const shown = entries.map(({ name }) => name)
    return show(web, request, reply, poll, { typed: { roll: writeVoterList(shown), checkedRoll: '' }, shown })
  })

  app.post<PollParams>('/polls/:slug/voters', { ...changing(app), bodyLimit }, async (request, reply) => {
    const { poll } = await ownPoll(web, request)
    const typed = typedVoterList(fieldsOf(request))
    const shown = list(fieldsOf(request), 'shown').slice(0, limits.roll.max)
    const voters = votersIn(services, typed.roll, shown)
    const again = (status: number, errors: FormErrors) =>
      show(web, request, reply.code(status), poll, { typed, shown, errors })
    const input = voterListChange.safeParse({ roll: voters })
    if (!input.success) return again(422, errorsOf(input.error))
    const toCheck = voterListToCheck(typed, voters)
    try {
      expectReachable(services, voters)
      if (toCheck) return show(web, request, reply, poll, { typed, shown, toCheck })
      const command = { type: 'changeVoterList', voters: input.data.roll, shown, by: personOf(request) } as const
      const changed = await services.ballotBox.submit({ pollId: pollIdOf(request), command })
      const saved = await services.polls.voterList(changed.poll, request.person)
      if (saved.map(({ name }) => name).join('\n') !== input.data.roll.join('\n')) reply.setFlash(changedElsewhere)
      return reply.redirect(`${pollPath(changed.poll)}#creator`, 303)
    } catch (refusal) {
      if (!isAboutFields(refusal)) return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
      return again(refusals[refusal.code].status, errorsOfRefusal(refusal))
    }
  })
}

const changedElsewhere =
  'The voter list was also changed elsewhere since you opened it. Both changes are saved: check the list.'

/** @throws {Refusal} `forbidden` for anybody but the poll's creator */
async function ownPoll(web: WebOptions<'config' | 'polls' | 'anonymousBallots'>, request: FastifyRequest<PollParams>) {
  const { poll } = await viewPoll(web, request)
  if (isCreator(poll, request.person)) return { poll }
  throw new Refusal('forbidden', 'Only the creator of this poll can change its voter list.')
}

function show(
  { services }: WebOptions<'clock'>,
  request: FastifyRequest,
  reply: FastifyReply,
  poll: Poll,
  { typed, shown, errors = {}, toCheck }: Form,
) {
  const { anonymous, totalVotes } = poll
  return showPage(request, reply, 'poll-form/voter-list', {
    title: 'Voter list',
    now: services.clock(),
    path: pollPath(poll),
    poll: {
      title: poll.title,
      isOnlyAdding: anonymous && totalVotes > 0,
      hasVotes: totalVotes > 0,
      closesEarly: poll.electorate !== null,
    },
    typed,
    shown,
    errors,
    toCheck,
  })
}
