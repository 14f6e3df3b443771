import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { statusOf } from '../pages/error-pages.ts'
import { errorsByField, type FormErrors } from '../pages/forms.ts'
import { notModified, showPage, timeBucket } from '../pages/page.ts'
import { signInPath } from '../pages/way-back.ts'
import { highestScore, optionOf, scoreOf } from '../polls/choice.ts'
import type { ClosePollView, PollView } from '../polls/queries.ts'
import { pollIdIn } from '../polls/slug.ts'
import type { Choices, Poll } from '../polls/types.ts'
import { mirrorsModel } from './mirror-model.ts'
import { commentsShown, eventsShown } from './poll-fragments.ts'
import { timesOf } from './poll-model.ts'
import type { WebOptions } from './web.ts'

/** What comes back when a form on the poll's page was refused: which one, why, and what had been typed into it. */
export type RefusedForm = {
  form: 'ballot' | 'option' | 'comment' | 'lifecycle'
  status: number
  errors: FormErrors
  message?: string
  typed?: string
}

const listed = new Intl.ListFormat('en-GB')

export type PollParams = { Params: { slug: string } }

export async function poll(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.get<PollParams>('/polls/:slug', async (request, reply) => {
    const view = await viewPoll(web, request)
    const now = web.services.clock()
    const { path } = web.fragments.model(view, now)
    if (request.url.split('?', 1)[0] !== path) return reply.redirect(path, 302)
    const { version, choices, setAside, mirrors } = view
    const shown = [
      path,
      version,
      choices,
      setAside,
      JSON.stringify(mirrors),
      timeBucket(now, timesOf(view.poll)),
    ].join()
    if (notModified(request, reply, shown)) return reply
    return showPoll(web, request, reply, view)
  })
}

/** The poll that the URL names, as whoever asks sees it. */
export function viewPoll({ services }: WebOptions, request: FastifyRequest<PollParams>): Promise<ClosePollView> {
  return services.polls.view(pollIdOf(request), request.person?.id)
}

/** @throws {Refusal} `not_found` when the URL holds no id */
export function pollIdOf(request: FastifyRequest<PollParams>): string {
  const id = pollIdIn(request.params.slug)
  if (!id) throw new Refusal('not_found', 'There is no such poll. The link may be incomplete.')
  return id
}

async function showPoll(
  { services, fragments }: WebOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  view: ClosePollView,
  refused?: RefusedForm,
) {
  const now = services.clock()
  const { poll } = view
  const model = fragments.model(view, now)
  const [headHtml, resultsHtml, commentsHtml, activityHtml] = await Promise.all([
    fragments.head(view),
    fragments.results(view, request.isSignedIn),
    fragments.comments(view),
    fragments.activity(view),
  ])
  return showPage(request, reply.code(refused?.status ?? 200), 'poll', {
    title: poll.title,
    now,
    poll: model,
    signInPath: signInPath(model.path),
    choices: view.choices,
    ranking: rankingModel(view),
    scores: scoresModel(view),
    scripts: scriptsFor(view),
    setAside: listed.format(titlesOf(poll, view.setAside)),
    mirrors: mirrorsModel(view.mirrors),
    isCreator: request.person?.id === poll.createdBy.id,
    url: new URL(model.path, services.config.publicUrl).href,
    hasOlderComments: poll.totalComments > commentsShown,
    hasOlderEvents: poll.revision > eventsShown,
    refused,
    headHtml,
    resultsHtml,
    commentsHtml,
    activityHtml,
  })
}

function titlesOf({ options }: Poll, choices: Choices): string[] {
  const ids = choices.map(optionOf)
  return options.filter(({ id }) => ids.includes(id)).map(({ title }) => title)
}

/** The options in one's own order, and the others in the poll's. */
function rankingModel({ poll: { method, options }, choices }: PollView) {
  if (method !== 'ranked') return undefined
  const mine = choices.flatMap((id) => options.filter((option) => option.id === id))
  return { mine, others: options.filter((option) => !mine.includes(option)) }
}

/** All options with the points on one's own ballot. */
function scoresModel({ poll: { method, options }, choices }: PollView) {
  if (method !== 'score') return undefined
  const points = new Map(choices.map((choice) => [optionOf(choice), scoreOf(choice)]))
  return {
    highest: highestScore,
    options: options.map(({ id, title }) => ({ id, title, points: points.get(id) })),
  }
}

function scriptsFor({ poll, mirrors }: ClosePollView): string[] {
  const own = { single_choice: undefined, multiple_choice: undefined, score: 'scores.js', ranked: 'ranking.js' }
  const more = [own[poll.method], mirrors.length > 0 ? 'mirrors.js' : undefined]
  return ['live.js', ...more.filter((script) => script !== undefined)]
}

/** The poll's page again, with what was wrong beside the form that it was wrong with. */
export async function showRefused(
  web: WebOptions,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  refused: RefusedForm,
) {
  return showPoll(web, request, reply, await viewPoll(web, request), refused)
}

/** The same for what the domain refused; what concerns the poll as a whole has a page of its own. */
export async function showRefusal(
  web: WebOptions,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  refusal: unknown,
  { form, typed }: Pick<RefusedForm, 'form' | 'typed'>,
) {
  if (!(refusal instanceof Refusal) || ['not_found', 'gone', 'unavailable'].includes(refusal.code)) throw refusal
  const { code, message, problems } = refusal
  return showRefused(web, request, reply, {
    form,
    typed,
    status: statusOf[code],
    message,
    errors: errorsByField(problems),
  })
}
