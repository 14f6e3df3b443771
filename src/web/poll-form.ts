import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { statusOf } from '../pages/error-pages.ts'
import {
  changing,
  errorsOf,
  errorsOfRefusal,
  type Fields,
  type FormErrors,
  field,
  fieldsOf,
  isAboutFields,
  list,
} from '../pages/forms.ts'
import { showPage } from '../pages/page.ts'
import { newOptionId, newPollId } from '../polls/ids.ts'
import { newPoll, pollEdit } from '../polls/inputs.ts'
import { limits } from '../polls/limits.ts'
import { pollPath } from '../polls/slug.ts'
import { personOf } from './ballot.ts'
import {
  isAsShown,
  readClosingTime,
  shownClosingTime,
  type TypedClosingTime,
  typedClosingTime,
} from './closing-time-field.ts'
import { type PollParams, pollIdOf, showRefusal, viewPoll } from './poll.ts'
import type { WebOptions } from './web.ts'

type Typed = {
  title: string
  description: string
  category: string
  optionsOpen: boolean
  votersSignedIn: boolean
  closing?: TypedClosingTime | undefined
  options: string[]
}

const rowsAtFirst = 4
const rowsMore = 5

/** Creating a poll, and editing its texts. */
export async function pollForm(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.get('/polls/new', async (request, reply) => {
    const texts = { title: '', description: '', category: '' }
    const empty = { ...texts, optionsOpen: true, votersSignedIn: false, closing: shownClosingTime(null), options: [] }
    return showNew(web, request, reply, { typed: empty, rows: rowsAtFirst })
  })

  app.post('/polls/rows', { preHandler: app.csrfProtection }, async (request, reply) => {
    const typed = typedIn(fieldsOf(request))
    return showNew(web, request, reply, { typed, rows: Math.min(typed.options.length + rowsMore, limits.options.max) })
  })

  app.post('/polls', changing(app), async (request, reply) => {
    const typed = typedIn(fieldsOf(request))
    const { closing, ...rest } = typed
    const input = newPoll.safeParse({ ...rest, closesAt: closing && readClosingTime(closing) })
    const again = (errors: FormErrors) => showNew(web, request, reply.code(422), { typed, errors, rows: rowsAtFirst })
    if (!input.success) return again(errorsOf(input.error))
    const options = input.data.options.map((title) => ({ id: newOptionId(), title }))
    const command = { type: 'create', ...input.data, options, by: personOf(request) } as const
    try {
      const { poll } = await web.services.box.submit({ pollId: newPollId(), command })
      return reply.redirect(pollPath(poll), 303)
    } catch (refusal) {
      return again(errorsOfRefusal(refusal))
    }
  })

  app.get<PollParams>('/polls/:slug/edit', async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    if (request.person?.id !== poll.createdBy.id) throw notYours(poll.createdBy.name)
    const closing = poll.status === 'open' ? shownClosingTime(poll.closesAt) : undefined
    return showEdit(web, request, reply, { typed: { ...poll, closing, options: [] } })
  })

  app.post<PollParams>('/polls/:slug/edit', changing(app), async (request, reply) => {
    const typed = typedIn(fieldsOf(request))
    const { options: _, closing, ...rest } = typed
    const { poll: known } = await viewPoll(web, request)
    const closesAt = closing && !isAsShown(closing, known.closesAt) ? readClosingTime(closing) : undefined
    const input = pollEdit.safeParse({ ...rest, closesAt })
    if (!input.success) return showEdit(web, request, reply.code(422), { typed, errors: errorsOf(input.error) })
    try {
      const command = { type: 'edit', ...input.data, by: personOf(request) } as const
      const { poll } = await web.services.box.submit({ pollId: pollIdOf(request), command })
      return reply.redirect(pollPath(poll), 303)
    } catch (refusal) {
      if (!isAboutFields(refusal)) return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
      return showEdit(web, request, reply.code(statusOf[refusal.code]), { typed, errors: errorsOfRefusal(refusal) })
    }
  })
}

/** Rows that were left empty are no options. */
function typedIn(fields: Fields): Typed {
  return {
    title: field(fields, 'title'),
    description: field(fields, 'description'),
    category: field(fields, 'category'),
    optionsOpen: field(fields, 'optionsOpen') === 'on',
    votersSignedIn: field(fields, 'votersSignedIn') === 'on',
    closing: typedClosingTime(fields),
    options: list(fields, 'options').filter((title) => title.trim() !== ''),
  }
}

type Form = { typed: Typed; errors?: FormErrors; rows?: number }

async function showNew(
  { services }: WebOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  { typed, errors = {}, rows = 0 }: Form,
) {
  const options = [...typed.options, ...Array(Math.max(0, rows - typed.options.length)).fill('')]
  return showPage(request, reply, 'poll-new', {
    title: 'New poll',
    now: services.clock(),
    typed: { ...typed, options },
    errors,
    limits,
    suggestions: await services.polls.categories(),
  })
}

async function showEdit(
  web: WebOptions,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  { typed, errors = {} }: Form,
) {
  const { poll } = await viewPoll(web, request)
  return showPage(request, reply, 'poll-edit', {
    title: `Edit ${poll.title}`,
    now: web.services.clock(),
    path: pollPath(poll),
    typed,
    errors,
    limits,
    suggestions: await web.services.polls.categories(),
  })
}

function notYours(creator: string): Refusal {
  return new Refusal('forbidden', `Only ${creator}, who created this poll, can edit it.`)
}
