import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { statusOf } from '../pages/error-pages.ts'
import { changing, errorsOf, errorsOfRefusal, type FormErrors, fieldsOf, isAboutFields } from '../pages/forms.ts'
import { showPage } from '../pages/page.ts'
import { pollEdit as pollEditInput } from '../polls/inputs.ts'
import { pollPath } from '../polls/slug.ts'
import type { Poll } from '../polls/types.ts'
import { expectSignIn } from '../sign-in-possible.ts'
import { personOf } from './ballot.ts'
import { readClosingTime, shownClosingTime } from './closing-time-field.ts'
import { titled } from './phrases.ts'
import { type PollParams, pollIdOf, showRefusal, viewPoll } from './poll.ts'
import { formModel, type PollForm, problemsWithTimes, type TypedPoll, typedPoll, zoneToReadIn } from './poll-form.ts'
import type { WebOptions } from './web.ts'

/** Editing a poll's texts, and what its creator allows. */
export async function pollEdit(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.get<PollParams>('/polls/:slug/edit', async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    if (request.person?.id !== poll.createdBy.id) throw notYours(poll.createdBy.name)
    return showEdit(web, request, reply, { poll, typed: shownPoll(poll) })
  })

  app.post<PollParams>('/polls/:slug/edit', changing(app), async (request, reply) => {
    const typed = typedPoll(fieldsOf(request))
    const { poll } = await viewPoll(web, request)
    const again = (status: number, errors: FormErrors) =>
      showEdit(web, request, reply.code(status), { poll, typed, errors })
    const input = readEdit(typed, poll)
    const problems = problemsWithTimes(typed)
    if (!input.success) return again(422, { ...errorsOf(input.error), ...problems })
    if (Object.keys(problems).length > 0) return again(422, problems)
    try {
      if (!poll.votersSignedIn) expectSignIn(web.services, input.data.votersSignedIn)
      const command = { type: 'edit', ...input.data, by: personOf(request) } as const
      const edited = await web.services.box.submit({ pollId: pollIdOf(request), command })
      return reply.redirect(pollPath(edited.poll), 303)
    } catch (refusal) {
      if (!isAboutFields(refusal)) return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
      return again(statusOf[refusal.code], errorsOfRefusal(refusal))
    }
  })
}

function shownPoll(poll: Poll): TypedPoll {
  const { title, description, category, optionsOpen, votersSignedIn } = poll
  return { title, description, category, optionsOpen, votersSignedIn, ...shownTimes(poll), options: [] }
}

/** Times in the poll's zone, or, where nobody has said one, in UTC. A poll that is closed has none to change. */
function shownTimes({ status, closesAt, timeZone }: Poll): Pick<TypedPoll, 'closesAt' | 'timeZone'> {
  if (status === 'closed') return {}
  const zone = timeZone ?? (closesAt ? 'UTC' : '')
  return { closesAt: shownClosingTime(closesAt, zone), timeZone: zone }
}

/** What the form shows as it was is no change: it leaves out the seconds of a time that a program has set. */
function readEdit({ title, description, category, optionsOpen, votersSignedIn, ...typed }: TypedPoll, known: Poll) {
  const { closesAt = '', timeZone } = typed
  const isAsShown = typed.closesAt === undefined || closesAt === shownTimes(known).closesAt
  const hasTimes = known.method === 'dates' || closesAt !== ''
  return pollEditInput.safeParse({
    title,
    description,
    category,
    optionsOpen,
    votersSignedIn,
    closesAt: isAsShown ? undefined : readClosingTime(closesAt, zoneToReadIn(timeZone)),
    timeZone: hasTimes && timeZone ? timeZone : undefined,
  })
}

async function showEdit(
  web: WebOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  { poll, ...form }: PollForm & { poll: Poll },
) {
  const model = { ...(await formModel(web, form)), areDates: poll.method === 'dates' }
  const options = poll.status === 'open' ? poll.options.map(({ id, title }) => ({ id, ...titled(poll, title) })) : []
  return showPage(request, reply, 'poll-edit', { title: `Edit ${poll.title}`, path: pollPath(poll), options, ...model })
}

function notYours(creator: string): Refusal {
  return new Refusal('forbidden', `Only ${creator}, who created this poll, can edit it.`)
}
