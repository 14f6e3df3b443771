import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refusals } from '../../errors.ts'
import { pollEdit as pollEditInput } from '../../polls/inputs/inputs.ts'
import type { EditedFields } from '../../polls/model/commands.ts'
import { isolated } from '../../polls/model/direction.ts'
import { pollPath } from '../../polls/model/ids.ts'
import { titled } from '../../polls/model/phrases.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { changedFields, fieldsBefore } from '../../polls/rules/editing/editing.ts'
import { isCreator } from '../../polls/rules/permissions.ts'
import {
  changing,
  errorsOf,
  errorsOfRefusal,
  type FormErrors,
  fieldsOf,
  isAboutFields,
  type SavedPart,
  type SavedValue,
} from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import { expectSignIn } from '../../server/sign-in-requirements.ts'
import type { Page } from '../../server/views.ts'
import { type PollParams, pollIdOf, showRefusal, viewPoll } from '../poll/poll.ts'
import { personOf, shownRevisionOf } from '../poll/voting/ballot.ts'
import { comingTime } from '../time.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import {
  formModel,
  type PollForm,
  type PollFormModel,
  problemsWithTimes,
  type TypedPoll,
  typedPoll,
  zoneToReadIn,
} from './poll-form.ts'
import { type RuleField, readRules, ruleFields, shownRules, valueInWords } from './rule-fields.ts'
import { readClosingTime, shownClosingTime } from './typed-times.ts'

export type PollEditPageModel = Page &
  PollFormModel & {
    path: string
    options: { id: string; title: string }[]
    shownRevision: number
    /** What was saved meanwhile in the fields that are in conflict. */
    saved: SavedPart['saved']
    areDates: boolean
    rules: RuleField[]
  }

declare module '../../server/views.ts' {
  interface Views {
    'poll-form/poll-edit': PollEditPageModel
  }
}

/** The creator edits a poll's texts and settings. */
export async function pollEdit(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  app.get<PollParams>('/polls/:slug/edit', async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    if (!isCreator(poll, request.person)) throw notYours()
    return showEdit(web, request, reply, { poll, typed: shownPoll(poll), shownRevision: poll.revision })
  })

  app.post<PollParams>('/polls/:slug/edit', changing(app), async (request, reply) => {
    const typed = typedPoll(fieldsOf(request))
    const { poll } = await viewPoll(web, request)
    if (!isCreator(poll, personOf(request))) throw notYours()
    const { shownRevision = poll.revision } = shownRevisionOf(request)
    const shown = fieldsBefore(poll, await web.services.polls.edits(poll.id, shownRevision))
    const again = (status: number, errors: FormErrors) =>
      showEdit(web, request, reply.code(status), { poll, typed, errors, shownRevision })
    const asShown = { ...poll, ...shown, closesAt: shown.closesAt ? new Date(shown.closesAt) : null }
    const input = readEdit(typed, asShown, readRules(fieldsOf(request), typed))
    const problems = problemsWithTimes(typed)
    if (!input.success) return again(422, { ...errorsOf(input.error), ...problems })
    if (Object.keys(problems).length > 0) return again(422, problems)
    const changed = changedFields(shown, input.data as Partial<EditedFields>)
    try {
      const changes = pick(input.data, changed)
      expectSignIn(web.services, changes.votersSignedIn)
      const isConfirmed = 'isConfirmed' in fieldsOf(request)
      const command = {
        type: 'edit',
        ...changes,
        isConfirmed,
        shown: pick(shown, changed),
        by: personOf(request),
      } as const
      const edited = await web.services.ballotBox.submit({ pollId: pollIdOf(request), command })
      return reply.redirect(pollPath(edited.poll), 303)
    } catch (refusal) {
      if (!isAboutFields(refusal)) return showRefusal(web, request, reply, refusal, { form: 'lifecycle' })
      if (refusal.code === 'revision_mismatch') return showConflict(web, request, reply, { typed, changed, refusal })
      return again(refusals[refusal.code].status, errorsOfRefusal(refusal))
    }
  })
}

function shownPoll(poll: Poll): TypedPoll {
  const { title, description, category } = poll
  return { ...shownRules(poll), title, description, category, ...shownTimes(poll), options: [] }
}

/** The closing time in the poll's zone, or in UTC without one. A closed poll has no closing time to edit. */
function shownTimes({ status, closesAt, timeZone }: Poll): Pick<TypedPoll, 'closesAt' | 'timeZone'> {
  if (status === 'closed') return {}
  const zone = timeZone ?? (closesAt ? 'UTC' : '')
  return { closesAt: shownClosingTime(closesAt, zone), timeZone: zone }
}

/** An unchanged field is no change: the form shows no seconds, but a closing time set through the API may have some. */
function readEdit(
  { title, description, category, optionsOpen, votersSignedIn, unlisted, ...typed }: TypedPoll,
  shown: Poll,
  rules: ReturnType<typeof readRules>,
) {
  const { closesAt = '', timeZone } = typed
  const isAsShown = typed.closesAt === undefined || closesAt === shownTimes(shown).closesAt
  // The form of a poll without a zone offers that of the browser, which counts only for times.
  const isZoneTyped = shown.timeZone !== null || closesAt !== ''
  return pollEditInput.safeParse({
    title,
    description,
    category,
    optionsOpen,
    votersSignedIn,
    unlisted,
    ...rules,
    closesAt: isAsShown ? undefined : readClosingTime(closesAt, zoneToReadIn(timeZone)),
    timeZone: isZoneTyped && timeZone ? timeZone : undefined,
  })
}

function pick<Fields extends object, Name extends keyof Fields>(fields: Fields, names: readonly Name[]) {
  return Object.fromEntries(names.map((name) => [name, fields[name]])) as Partial<Pick<Fields, Name>>
}

type Conflict = { typed: TypedPoll; changed: (keyof EditedFields)[]; refusal: Refusal }

/**
 * The poll was edited while the form was open. The form shows the saved values, except in the fields that this person
 * changed. Where both changed the same field, it shows both; saving again overwrites the saved value.
 */
async function showConflict(
  web: WebOptions<PageServices>,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  { typed, changed, refusal }: Conflict,
) {
  const { poll } = await viewPoll(web, request)
  const merged = { ...shownPoll(poll), ...pick(typed, changed as (keyof TypedPoll)[]) }
  const saved = savedModel(poll, refusal, web.services.clock())
  return showEdit(web, request, reply.code(409), { poll, typed: merged, saved, shownRevision: poll.revision })
}

/** The saved values of the fields in conflict: a text or a time. */
function savedModel(poll: Poll, { problems }: Refusal, now: Date) {
  const nothing = { exact: 'nothing' }
  const saved: Record<string, SavedValue> = {
    title: { text: poll.title },
    description: poll.description ? { text: poll.description } : nothing,
    category: poll.category ? { text: poll.category } : nothing,
    timeZone: poll.timeZone === null ? nothing : { text: poll.timeZone },
    closesAt: poll.closesAt ? comingTime(poll.closesAt, now, poll.timeZone) : nothing,
  }
  return Object.fromEntries(problems.map(({ path }) => [path, saved[path] ?? { text: valueInWords(poll, path) }]))
}

type EditForm = PollForm & { poll: Poll; shownRevision: number; saved?: PollEditPageModel['saved'] }

async function showEdit(
  web: WebOptions<'clock' | 'polls' | 'chats'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { poll, shownRevision, saved, ...form }: EditForm,
) {
  const model = { ...(await formModel(web, form)), areDates: poll.method === 'dates' }
  const rules = ruleFields(poll, { hasChat: web.services.chats.size > 0 })
  const options = poll.status === 'open' ? poll.options.map(({ id, title }) => ({ id, ...titled(poll, title) })) : []
  const path = pollPath(poll)
  return showPage(request, reply, 'poll-form/poll-edit', {
    title: `Edit ${isolated(poll.title)}`,
    path,
    options,
    shownRevision,
    saved,
    rules,
    ...model,
  })
}

function notYours(): Refusal {
  return new Refusal('forbidden', 'Only the creator of this poll can edit it.')
}
