import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../../errors.ts'
import { readReceiptCode, receiptOf } from '../../../polls/anonymous/receipt.ts'
import type { CommandResult } from '../../../polls/ballot-box/batch.ts'
import { parseGraded } from '../../../polls/model/choices/choice-text.ts'
import { chosen } from '../../../polls/model/choices/choices.ts'
import type { Command } from '../../../polls/model/commands.ts'
import { isolated } from '../../../polls/model/direction.ts'
import { pollPath } from '../../../polls/model/ids.ts'
import type { Choices, Poll, Receipt } from '../../../polls/model/poll.ts'
import type { WithoutAuthor } from '../../../polls/rules/newcomer.ts'
import { forgetReceipt, keepReceipt, keptReceipt } from '../../../server/cookies/receipt-cookies.ts'
import { changing, type Fields, field, fieldsOf, list } from '../../../server/pages/forms.ts'
import { newcomersTo, refusalToNewcomer } from '../../newcomers.ts'
import type { PageServices, WebOptions } from '../../web-options.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused } from '../poll.ts'
import type { TypedBallot } from './own-ballot.ts'

type CastVote = Extract<Command, { type: 'castVote' }>
type ChooseOption = Extract<Command, { type: 'chooseOption' }>
type Vote = CastVote | ChooseOption | Extract<Command, { type: 'withdrawVote' }>

/**
 * Votes: the form of the poll's page, and the buttons in the lists, which say by `back` where to return to. The receipt
 * of a secret vote is kept by the browser.
 */
export async function ballot(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  const newcomers = newcomersTo(web, 'your vote', async (request, reply) => {
    if (isPutOff(request)) return showBallot(web, request, reply, typedIn(request))
    const refusal =
      refusalOfPlaces(request) ??
      (await refusalToNewcomer(web, request, { ...askedIn(request), ...receiptIn(web, request) }))
    if (refusal) return showRefusedVote(web, request, reply, refusal)
  })

  app.post<PollParams>('/polls/:slug/ballot', changing(app, 'vote', newcomers), async (request, reply) => {
    if (isPutOff(request)) return showBallot(web, request, reply, typedIn(request))
    const refusal = refusalOfPlaces(request)
    if (refusal) return showRefusedVote(web, request, reply, refusal)
    return vote(web, request, reply, { ...askedIn(request), by: personOf(request) })
  })

  app.post<PollParams>('/polls/:slug/ballot/withdraw', changing(app, 'vote'), async (request, reply) =>
    vote(web, request, reply, { type: 'withdrawVote', by: personOf(request) }),
  )
}

function askedIn(request: FastifyRequest): WithoutAuthor<Vote> {
  const voted = votedIn(fieldsOf(request))
  if (voted.type === 'withdrawVote') return voted
  const confirmed = voted.type === 'castVote' && { confirmed: named(fieldsOf(request), 'confirm') ?? '' }
  return { ...voted, ...shownRevisionOf(request), isSignedIn: request.isSignedIn, ...confirmed }
}

/** "Not yet": the vote is not cast, and the choices stay in the form. */
function isPutOff(request: FastifyRequest): boolean {
  return 'not-yet' in fieldsOf(request)
}

/**
 * Reads the command from the form: a ballot with its choices, points, answers or places; or a vote to withdraw, as a
 * whole or at the button of a list.
 */
function votedIn(
  fields: Fields,
):
  | Pick<CastVote, 'type' | 'choices'>
  | Pick<ChooseOption, 'type' | 'optionId' | 'isChosen'>
  | { type: 'withdrawVote' } {
  if ('withdraw' in fields) return { type: 'withdrawVote' }
  const takenBack = named(fields, 'unchoose')
  if (takenBack) return { type: 'chooseOption', optionId: takenBack, isChosen: false }
  const choices = ballotIn(fields)
  // A voter who unchecks everything withdraws the vote.
  return choices.length === 0 && 'hasVoted' in fields ? { type: 'withdrawVote' } : { type: 'castVote', choices }
}

function ballotIn(fields: Fields): Choices {
  const grades = [...valuesIn(fields, 'option')]
  if (grades.length > 0) return grades.filter(isGiven).map(([id, grade]) => parseGraded(id, grade))
  const places = [...valuesIn(fields, 'place')]
    .filter(isGiven)
    .toSorted(([, one], [, other]) => Number(one) - Number(other))
  return chosen(places.length > 0 ? places.map(([id]) => id) : chosenIn(fields))
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

/** The fields of the options, such as their points, by option id. */
function valuesIn(fields: Fields, kind: 'option' | 'place'): Map<string, string> {
  const names = Object.keys(fields).filter((name) => name.startsWith(`${kind}.`))
  return new Map(names.map((name) => [name.slice(kind.length + 1), field(fields, name)]))
}

/** Refuses places that make no order. */
function refusalOfPlaces(request: FastifyRequest): Refusal | undefined {
  const places = [...valuesIn(fieldsOf(request), 'place').values()].filter((place) => place !== '')
  const twice = places.find((place, index) => places.indexOf(place) !== index)
  if (places.some((place) => !/^[1-9]\d?$/.test(place)))
    return new Refusal('invalid_choices', 'Give each option a place: a whole number from 1.')
  if (twice === undefined) return undefined
  const message = `Two options have place ${twice}. Give each option a different place, or no place.`
  return new Refusal('invalid_choices', message)
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
    const result = await services.ballotBox.submit({ pollId, command })
    const { poll, choices } = result
    if (poll.anonymous && code && choices.length > 0) keepReceipt(services, request, reply, { pollId, code })
    if (poll.anonymous && choices.length === 0) forgetReceipt(services, request, reply, pollId)
    const withdrawn = aboutWithdrawal(request, result)
    if (withdrawn) reply.setFlash(withdrawn)
    // The page says so at its top: no fragment leads past it.
    const path = returnTo(request, poll)
    return reply.redirect(withdrawn ? path.replace(/#.*/, '') : path, 303)
  } catch (refusal) {
    return showRefusedVote(web, request, reply, refusal)
  }
}

/** What the next page says of a vote that is gone; a list names the poll, whose row may be gone. */
function aboutWithdrawal(request: FastifyRequest, { poll, choices, events }: CommandResult): string | undefined {
  if (choices.length > 0) return undefined
  const isWithdrawn = events.length > 0
  if (!backTo(request)) return isWithdrawn ? 'Your vote was withdrawn.' : undefined
  // Withdrawn in another tab, or set aside by the creator meanwhile.
  return `${isWithdrawn ? 'Your vote was withdrawn' : 'You have no vote that counts'}: ${isolated(poll.title)}`
}

function showRefusedVote(
  web: WebOptions<PageServices>,
  request: FastifyRequest<PollParams>,
  reply: FastifyReply,
  refusal: unknown,
) {
  const ballot = typedIn(request)
  if (refusal instanceof Refusal && refusal.code === 'unconfirmed')
    return showBallot(web, request, reply, { ...ballot, asked: ballotIn(fieldsOf(request)) })
  return showRefusal(web, request, reply, refusal, { form: 'ballot', ballot })
}

/** Shows the page with a ballot that is not cast yet. */
function showBallot(web: WebOptions<PageServices>, request: FastifyRequest, reply: FastifyReply, ballot: TypedBallot) {
  return showRefused(web, request as FastifyRequest<PollParams>, reply, {
    form: 'ballot',
    status: 200,
    errors: {},
    ballot,
  })
}

function typedIn(request: FastifyRequest): TypedBallot {
  const fields = fieldsOf(request)
  const [grades, places] = [valuesIn(fields, 'option'), valuesIn(fields, 'place')]
  return { optionIds: chosenIn(fields), grades, places, ...shownRevisionOf(request) }
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
