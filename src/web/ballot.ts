import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { changing, type Fields, field, fieldsOf, list } from '../pages/forms.ts'
import { pollPath } from '../polls/slug.ts'
import type { Command, Poll } from '../polls/types.ts'
import { type PollParams, pollIdOf, showRefusal } from './poll.ts'
import type { WebOptions } from './web.ts'

type CastVote = Extract<Command, { type: 'castVote' }>
type ChooseOption = Extract<Command, { type: 'chooseOption' }>

/** Votes: the form of the poll's page, and the buttons in the lists, which say by `back` where to return to. */
export async function ballot(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.post<PollParams>('/polls/:slug/ballot', changing(app, 'vote'), async (request, reply) => {
    const { isSignedIn } = request
    return vote(web, request, reply, { ...votedIn(fieldsOf(request)), isSignedIn, by: personOf(request) })
  })

  app.post<PollParams>('/polls/:slug/ballot/withdraw', changing(app, 'vote'), async (request, reply) =>
    vote(web, request, reply, { type: 'withdrawVote', by: personOf(request) }),
  )
}

/** The one choice of a single choice, the points of all options, what is said of dates, or one of several options that is chosen, moved or taken back. */
function votedIn(
  fields: Fields,
): Pick<CastVote, 'type' | 'choices'> | Pick<ChooseOption, 'type' | 'optionId' | 'isChosen' | 'place'> {
  const [, moved, place] = /^(\w+) to ([1-9]\d?)$/.exec(field(fields, 'move')) ?? []
  if (moved) return { type: 'chooseOption', optionId: moved, isChosen: true, place: Number(place) }
  const graded = Object.entries(fields).filter(([name]) => name.startsWith('option.'))
  if (graded.length > 0 || field(fields, 'graded'))
    return { type: 'castVote', choices: graded.map(([name, grade]) => `${name.slice('option.'.length)}=${grade}`) }
  const [chosen, takenBack] = [field(fields, 'choose'), field(fields, 'unchoose')]
  if (!chosen && !takenBack) return { type: 'castVote', choices: list(fields, 'choice') }
  return { type: 'chooseOption', optionId: chosen || takenBack, isChosen: Boolean(chosen) }
}

/** Who acts; `changing` has made sure that there is somebody. */
export function personOf(request: FastifyRequest) {
  if (!request.person) throw new TypeError('This route needs `changing`, which asks who it is.')
  return request.person
}

async function vote(web: WebOptions, request: FastifyRequest<PollParams>, reply: FastifyReply, command: Command) {
  try {
    const { poll } = await web.services.box.submit({ pollId: pollIdOf(request), command })
    return reply.redirect(returnTo(request, poll), 303)
  } catch (refusal) {
    return showRefusal(web, request, reply, refusal, { form: 'ballot' })
  }
}

/** The list one came from, at the poll; only ever a path of our own. */
function returnTo(request: FastifyRequest, poll: Poll): string {
  const back = field(fieldsOf(request), 'back')
  return /^\/(?:me)?(?:\?[\w=&%.*~+-]*)?$/.test(back) ? `${back}#poll-${poll.id}` : `${pollPath(poll)}#vote`
}
