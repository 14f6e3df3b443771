import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refusals } from '../../errors.ts'
import { newReceiptCode } from '../../polls/anonymous/receipt.ts'
import { formatChoices } from '../../polls/model/choices/choice-text.ts'
import { namesOption } from '../../polls/model/choices/choices.ts'
import { shownTitle } from '../../polls/model/dates.ts'
import { pollIdIn } from '../../polls/model/ids.ts'
import { listed, type Phrase } from '../../polls/model/phrases.ts'
import type { Choices, Poll } from '../../polls/model/poll.ts'
import { timeZones } from '../../polls/model/time-zones.ts'
import type { PollPageView, PollView } from '../../polls/queries/poll-queries.ts'
import { nextReminder } from '../../polls/rules/managing/reminding.ts'
import { isCreator } from '../../polls/rules/permissions.ts'
import { takePrivateLink } from '../../server/cookies/private-link-cookie.ts'
import { keepReceipt, keptReceipt } from '../../server/cookies/receipt-cookies.ts'
import { errorsByField, type FormErrors } from '../../server/pages/forms.ts'
import { notModified, showPage, timeBucket } from '../../server/pages/page.ts'
import type { LinkPreview, Page } from '../../server/views.ts'
import { mirrorsFor, mirrorsModel, unnamedPlaces } from '../connections/mirrors-model.ts'
import { noDates, type TypedDates } from '../poll-form/date-fields.ts'
import { linkPreview } from '../preview/link-preview.ts'
import { privateLink } from '../private-link.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { commentsShown, eventsShown } from './poll-fragments.ts'
import { type PollModel, timesOf } from './poll-model.ts'
import { type ReminderModel, reminderModel } from './reminder-model.ts'
import { castModel, noticeModel, ownBallotModel, scriptsFor, type TypedBallot } from './voting/own-ballot.ts'
import { type BallotButtons, finalVote, saveLabels } from './voting/save-button.ts'
import { voteMeaning } from './voting/vote-meaning.ts'
import { type VoteStatus, voteStatus } from './voting/vote-status.ts'

/** A refused form of the poll's page: which one, why, and its typed fields. */
export type RefusedForm = {
  form: 'ballot' | 'receipt' | 'option' | 'comment' | 'lifecycle'
  status: number
  errors: FormErrors
  message?: string
  typed?: string | undefined
  /** Of a text that holds several options: on how many lines, and what is wrong with them. */
  lines?: { count: number; problems: string[] } | undefined
  /** Of an option that is a date. */
  dates?: TypedDates | undefined
  ballot?: TypedBallot | undefined
}

export type PollPageModel = Page &
  BallotButtons &
  ReturnType<typeof ownBallotModel> & {
    poll: PollModel
    /** Where else it is shown, without names of rooms; empty for nowhere. */
    alsoIn: string
    /** Whether people can also vote in a chat. */
    isVotedInChat: boolean
    choices: readonly string[]
    cast: ReturnType<typeof castModel>
    voteMeaning: readonly Phrase[]
    voteStatus: VoteStatus | undefined
    receipt: ReturnType<typeof receiptModel>
    scripts: readonly string[]
    preview: LinkPreview
    areForVoters: boolean
    newDates: TypedDates
    zones: readonly string[]
    setAside: string
    notice: ReturnType<typeof noticeModel>
    mirrors: ReturnType<typeof mirrorsModel>
    /** For the creator of an open poll. */
    reminder: ReminderModel | undefined
    isCreator: boolean
    /** Until somebody has voted: sharing the link comes first. */
    isShareFirst: boolean
    /** Whether anybody has voted, also if no vote counts now. Only the creator sees the latter. */
    isVotedIn: boolean
    /** Whether its creator sees it then. */
    isNew: boolean
    privateLink: Awaited<ReturnType<typeof privateLinkModel>> | undefined
    roll: readonly { name: string; hasVoted: boolean | null }[]
    url: string
    hasOlderComments: boolean
    hasOlderEvents: boolean
    refused: RefusedForms
    headHtml: string
    resultsHtml: string
    resultLinksHtml: string
    proposalsHtml: string
    commentsHtml: string
    activityHtml: string
  }

export type ReceiptPart = {
  page: Pick<Page['page'], 'csrf'>
  poll: PollModel
  receipt: NonNullable<PollPageModel['receipt']>
  refused: RefusedForm | undefined
}

declare module '../../server/views.ts' {
  interface Views {
    'poll/poll': PollPageModel
  }
}

/** The form that was refused, by its name. */
type RefusedForms = { [Form in RefusedForm['form']]?: RefusedForm }

export type PollParams = { Params: { slug: string } }

export async function poll(app: FastifyInstance, web: WebOptions<PageServices>): Promise<void> {
  app.get<PollParams>('/polls/:slug', async (request, reply) => {
    const view = await viewPoll(web, request)
    const now = web.services.clock()
    const { path } = web.fragments.model(view, now)
    if (request.url.split('?', 1)[0] !== path) return reply.redirect(path, 302)
    const { version, choices, setAside, notice, hasVoted, mirrors } = view
    await noteOpened(web.services, request, view)
    const isOwn = isCreator(view.poll, request.person) && view.poll.status === 'open'
    const shown = [
      path,
      version,
      formatChoices(choices),
      hasVoted,
      formatChoices(setAside),
      JSON.stringify(notice),
      JSON.stringify(mirrorsFor(mirrors, view.poll, request)),
      isOwn && (await web.services.nonVoters.of(view.poll)).people,
      isOwn && nextReminder(view.poll, now)?.getTime(),
      // Guests read only that a chat shows the poll.
      mirrors.length > 0,
      takesVotesInChat(web.services, view),
      timeBucket(now, timesOf(view.poll)),
    ].join()
    if (notModified(request, reply, shown)) return reply
    return showPoll(web, request, reply, view)
  })
}

function takesVotesInChat({ chats }: WebOptions<'chats'>['services'], { poll, mirrors }: PollPageView): boolean {
  return mirrors.some(({ chat }) => chats.get(chat)?.takesVotes(poll))
}

/** People who open an open poll without voting are reminded, if the creator does so. The page works without this. */
async function noteOpened(
  { nonVoters }: WebOptions<'nonVoters'>['services'],
  { person, isSignedIn }: FastifyRequest,
  { poll, hasVoted }: PollPageView,
): Promise<void> {
  if (!person || !isSignedIn || hasVoted || poll.status === 'closed') return
  await nonVoters.noteOpened(poll.id, person.id).catch(() => {})
}

/**
 * The poll that the URL names, as this person sees it. Includes the choices of their anonymous ballot if the browser has
 * its receipt.
 */
export async function viewPoll(
  { services }: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
  request: FastifyRequest<PollParams>,
): Promise<PollPageView> {
  const view = await services.polls.view(pollIdOf(request), request.person?.id)
  const code = view.poll.anonymous ? keptReceipt(services, request, view.poll.id) : undefined
  if (code === undefined) return view
  return { ...view, choices: await services.anonymousBallots.choices(view.poll, code) }
}

/** @throws {Refusal} `not_found` when the URL holds no id */
export function pollIdOf(request: FastifyRequest<PollParams>): string {
  const id = pollIdIn(request.params.slug)
  if (!id) throw new Refusal('not_found', 'There is no such poll. The link may be incomplete.')
  return id
}

async function showPoll(
  { services, fragments }: WebOptions<PageServices>,
  request: FastifyRequest,
  reply: FastifyReply,
  view: PollPageView,
  refused?: RefusedForm,
) {
  const now = services.clock()
  const { poll } = view
  const model = fragments.model(view, now)
  const receipt = receiptModel(view, keptReceipt(services, request, poll.id))
  if (receipt?.code) keepReceipt(services, request, reply, { pollId: poll.id, code: receipt.code })
  const mirrors = mirrorsModel(view.mirrors)
  const places = unnamedPlaces(view.mirrors, services.chats)
  const unnamed = request.isSignedIn ? undefined : places
  const shownMirrors = mirrorsFor(view.mirrors, poll, request)
  const isOwn = isCreator(poll, request.person)
  if (poll.unlisted) reply.header('x-robots-tag', 'noindex')
  const url = new URL(model.path, services.config.publicUrl).href
  const [headHtml, resultsHtml, resultLinksHtml, proposalsHtml, commentsHtml, activityHtml, roll, isVotedIn] =
    await Promise.all([
      fragments.head(view),
      fragments.results(view, request.isSignedIn, refused?.ballot?.optionIds),
      fragments.resultLinks(view),
      fragments.proposals(view),
      fragments.comments(view, request.person),
      fragments.activity(view),
      poll.hasRoll && isOwn ? services.polls.voterList(poll, request.person) : [],
      isOwn ? services.polls.hasBallots(poll) : poll.totalVotes > 0,
    ])
  const isShareFirst = poll.status === 'open' && !isVotedIn
  return showPage(request, reply.code(refused?.status ?? 200), 'poll/poll', {
    title: poll.title,
    now,
    poll: model,
    alsoIn: listed.format(places),
    isVotedInChat: takesVotesInChat(services, view),
    choices: formatChoices(view.choices),
    cast: castModel(poll, view.choices),
    ...ballotButtons(view, refused),
    voteMeaning: voteMeaning(poll, { ...mirrors, unnamed }),
    voteStatus: voteStatus(poll, view.choices, now),
    ...ownBallotModel(view, refused?.ballot),
    receipt,
    scripts: [
      ...scriptsFor(poll),
      ...(shownMirrors.rooms.some(({ state }) => state) ? ['poll/mirrors.js'] : []),
      'poll/share.js',
    ],
    preview: linkPreview(poll, services.config.publicUrl),
    areForVoters: poll.resultsVisible === 'after_voting' && poll.status === 'open',
    newDates: refused?.dates ?? noDates,
    zones: timeZones,
    setAside: view.notice?.kind === 'set_aside' ? '' : listed.format(titlesOf(poll, view.setAside)),
    notice: noticeModel(view),
    mirrors: shownMirrors,
    reminder:
      isOwn && poll.status === 'open'
        ? reminderModel(poll, await services.nonVoters.of(poll), { ...mirrors, unnamed, url }, now)
        : undefined,
    isCreator: isOwn,
    privateLink: isOwn && !request.isSignedIn ? await privateLinkModel(services, request, reply) : undefined,
    isVotedIn,
    isShareFirst,
    isNew: isOwn && isShareFirst,
    roll,
    url,
    hasOlderComments: poll.totalComments > commentsShown,
    hasOlderEvents: poll.revision > eventsShown,
    refused: refused ? { [refused.form]: refused } : {},
    headHtml,
    resultsHtml,
    resultLinksHtml,
    proposalsHtml,
    commentsHtml,
    activityHtml,
  })
}

function ballotButtons({ poll, choices }: PollView, refused: RefusedForm | undefined): BallotButtons {
  const asked = refused?.ballot?.asked
  return {
    save: saveLabels(poll, choices),
    finalVote: finalVote(poll, choices, asked),
    isPutOff: refused?.ballot !== undefined && refused.message === undefined && asked === undefined,
  }
}

/** Of a guest who created the poll: a link that was just made, which is shown once, and whether there is one. */
async function privateLinkModel(
  services: WebOptions<'config' | 'secrets' | 'signInLinks'>['services'],
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const token = takePrivateLink(services, request, reply)
  if (token) return { isMade: true, url: privateLink(services.config.publicUrl, token) }
  return { isMade: (await services.signInLinks.of(request.person?.id ?? '')) !== null, url: undefined }
}

/** The form sends `offered` with a first vote, so the same form sent twice casts one ballot. */
function receiptModel({ poll, choices, hasVoted }: PollView, code: string | undefined) {
  if (!poll.anonymous) return undefined
  const isKept = code !== undefined && choices.length > 0
  return {
    code: isKept ? code : undefined,
    offered: newReceiptCode(),
    isElsewhere: hasVoted && !isKept,
    isOfOthers: isKept && !hasVoted,
  }
}

function titlesOf(poll: Poll, choices: Choices): string[] {
  return poll.options.filter(({ id }) => namesOption(choices, id)).map(({ title }) => shownTitle(poll, title))
}

/** Shows the poll's page again, with the errors next to the refused form. */
export async function showRefused(
  web: WebOptions<PageServices>,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  refused: RefusedForm,
) {
  return showPoll(web, request, reply, await viewPoll(web, request), refused)
}

/** The poll's page again, with what the domain refused. What concerns the poll as a whole has its own page. */
export async function showRefusal(
  web: WebOptions<PageServices>,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  refusal: unknown,
  form: Omit<RefusedForm, 'status' | 'errors' | 'message'>,
) {
  if (!(refusal instanceof Refusal) || ['not_found', 'gone', 'unavailable'].includes(refusal.code)) throw refusal
  const { code, message, problems } = refusal
  return showRefused(web, request, reply, {
    ...form,
    status: refusals[code].status,
    message,
    errors: errorsByField(problems),
  })
}
