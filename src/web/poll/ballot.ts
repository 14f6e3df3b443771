import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readReceiptCode, receiptOf } from '../../polls/anonymous/receipt.ts'
import type { Command } from '../../polls/model/commands.ts'
import { pollPath } from '../../polls/model/ids.ts'
import type { Poll, Receipt } from '../../polls/model/poll.ts'
import type { WithoutAuthor } from '../../polls/rules/newcomer.ts'
import { forgetReceipt, keepReceipt, keptReceipt } from '../../server/cookies/receipt-cookies.ts'
import { changing, type Fields, field, fieldsOf, list } from '../../server/pages/forms.ts'
import { newcomersTo, refusalToNewcomer } from '../newcomers.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { type PollParams, pollIdOf, showRefusal } from './poll.ts'

type CastVote = Extract<Command, { type: 'castVote' }>
type ChooseOption = Extract<Command, { type: 'chooseOption' }>
type Vote = CastVote | ChooseOption | Extract<Command, { type: 'withdrawVote' }>

/**
 * Votes: the form of the poll's page, and the buttons in the lists, which say by `back` where to return to. The receipt
 * of a secret vote is kept by the browser.
 */
export async function ballot(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  const newcomers = newcomersTo(web, async (request, reply) => {
    const refusal = await refusalToNewcomer(web, request, { ...askedIn(request), ...receiptIn(web, request) })
    if (refusal) return showRefusedVote(web, request, reply, refusal)
  })

  app.post<PollParams>('/polls/:slug/ballot', changing(app, 'vote', newcomers), async (request, reply) =>
    vote(web, request, reply, { ...askedIn(request), by: personOf(request) }),
  )

  app.post<PollParams>('/polls/:slug/ballot/withdraw', changing(app, 'vote'), async (request, reply) =>
    vote(web, request, reply, { type: 'withdrawVote', by: personOf(request) }),
  )
}

function askedIn(request: FastifyRequest): WithoutAuthor<Vote> {
  const voted = votedIn(fieldsOf(request))
  if (voted.type === 'withdrawVote') return voted
  return { ...voted, ...shownRevisionOf(request), isSignedIn: request.isSignedIn }
}

/**
 * Reads the command from the form: a ballot with its choice, points or answers; one option to choose, move or withdraw;
 * or the whole vote to withdraw.
 */
function votedIn(
  fields: Fields,
):
  | Pick<CastVote, 'type' | 'choices'>
  | Pick<ChooseOption, 'type' | 'optionId' | 'isChosen' | 'place'>
  | { type: 'withdrawVote' } {
  if ('withdraw' in fields) return { type: 'withdrawVote' }
  const [, moved, place] = /^(\w+)\.([1-9]\d?)$/.exec(named(fields, 'move') ?? '') ?? []
  if (moved) return { type: 'chooseOption', optionId: moved, isChosen: true, place: Number(place) }
  const grades = [...gradesIn(fields)]
  if (grades.length > 0 || 'graded' in fields)
    return { type: 'castVote', choices: grades.filter(isGiven).map(([id, grade]) => `${id}=${grade}`) }
  const chosen = named(fields, 'choose') ?? field(fields, 'choose')
  const takenBack = named(fields, 'unchoose') ?? field(fields, 'unchoose')
  if (chosen || takenBack) return { type: 'chooseOption', optionId: chosen || takenBack, isChosen: Boolean(chosen) }
  const choices = chosenIn(fields)
  // A voter who unchecks everything withdraws the vote.
  return choices.length === 0 && 'hasVoted' in fields ? { type: 'withdrawVote' } : { type: 'castVote', choices }
}

/** The options of the ballot: those that are checked, or the one whose button was pressed in a list. */
function chosenIn(fields: Fields): string[] {
  const pressed = named(fields, 'choice')
  return pressed ? [pressed] : list(fields, 'choice').filter((id) => id !== '')
}

/** What follows the verb in the name of the button that was pressed: its value would be shown in a text browser. */
function named(fields: Fields, verb: string): string | undefined {
  const name = Object.keys(fields).find((key) => key.startsWith(`${verb}.`))
  return name?.slice(verb.length + 1)
}

/** An empty field leaves its option out of the ballot. */
function isGiven([, grade]: [id: string, grade: string]): boolean {
  return grade !== ''
}

/** Points, or answers to dates, by option id. */
function gradesIn(fields: Fields): Map<string, string> {
  const graded = Object.keys(fields).filter((name) => name.startsWith('option.'))
  return new Map(graded.map((name) => [name.slice('option.'.length), field(fields, name)]))
}

/** The revision of the poll that the page showed. */
export function shownRevisionOf(request: FastifyRequest): { shownRevision?: number } {
  const shown = field(fieldsOf(request), 'shownRevision')
  return /^[1-9]\d{0,8}$/.test(shown) ? { shownRevision: Number(shown) } : {}
}

/** The person who acts. @throws {TypeError} on a route without `changing` */
export function personOf(request: FastifyRequest) {
  if (!request.person) throw new TypeError('This route needs `changing`, which asks newcomers for a name.')
  return request.person
}

async function vote(
  web: WebOptions<PageServices | 'ballotBox'>,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  asked: Vote,
) {
  const { services } = web
  const pollId = pollIdOf(request)
  const code = receiptCodeIn(web, request)
  const command = { ...asked, ...receiptIn(web, request) }
  try {
    const { poll, choices, events } = await services.ballotBox.submit({ pollId, command })
    if (poll.anonymous && code && choices.length > 0) keepReceipt(services, request, reply, { pollId, code })
    if (poll.anonymous && choices.length === 0) forgetReceipt(services, request, reply, pollId)
    const isRemoved = events.length > 0 && choices.length === 0
    if (isRemoved) reply.setFlash('Your vote was withdrawn.')
    // The page says so at its top: no fragment leads past it.
    const path = returnTo(request, poll)
    return reply.redirect(isRemoved ? path.replace(/#.*/, '') : path, 303)
  } catch (refusal) {
    return showRefusedVote(web, request, reply, refusal)
  }
}

function showRefusedVote(
  web: WebOptions<PageServices>,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  refusal: unknown,
) {
  const fields = fieldsOf(request)
  const ballot = { choices: chosenIn(fields), grades: gradesIn(fields), ...shownRevisionOf(request) }
  return showRefusal(web, request, reply, refusal, { form: 'ballot', ballot })
}

/** The receipt that the browser keeps, or else the one that the form offers. */
function receiptCodeIn({ services }: WebOptions<PageServices>, request: FastifyRequest<PollParams>) {
  return keptReceipt(services, request, pollIdOf(request)) ?? readReceiptCode(field(fieldsOf(request), 'receipt'))
}

function receiptIn(web: WebOptions<PageServices>, request: FastifyRequest<PollParams>): { receipt?: Receipt } {
  const code = receiptCodeIn(web, request)
  return code ? { receipt: receiptOf(code) } : {}
}

/** The list one came from, at the poll; only ever a path of our own. */
export function returnTo(request: FastifyRequest, poll: Poll): string {
  const back = backTo(request)
  return back ? `${back}#poll-${poll.id}` : `${pollPath(poll)}#vote`
}

/** The list with the form that was sent; undefined on other pages. */
export function backTo(request: FastifyRequest): string | undefined {
  const back = field(fieldsOf(request), 'back')
  return /^\/(?:me)?(?:\?[\w=&%.*~+-]*)?$/.test(back) ? back : undefined
}
