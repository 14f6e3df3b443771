import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refusals } from '../../errors.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import { voteAside } from '../../polls/inputs/inputs.ts'
import { pollPath } from '../../polls/model/ids.ts'
import { names, type Phrase } from '../../polls/model/phrases.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { refusalToSetAside } from '../../polls/rules/managing/setting-aside.ts'
import { isCreator } from '../../polls/rules/permissions.ts'
import { areVotesHidden } from '../../polls/rules/visibility.ts'
import { changing, errorsOf, field, fieldsOf } from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import { type PollParams, viewPoll } from '../poll/poll.ts'
import { personOf } from '../poll/voting/ballot.ts'
import type { PageServices, WebOptions } from '../web-options.ts'

const votesShown = 50

type VoterParams = { Params: { slug: string; person: string } }
type Web = WebOptions<PageServices | 'ballotBox'>
type Shown = { typed?: string; wrong?: string; of?: string }

export type ManageVotesPageModel = Page & {
  path: string
  votes: { person: PersonName; choices: Phrase[] }[]
  aside: { person: PersonName; reason: string }[]
  next: string | undefined
  /** What was typed for this person, and what is wrong with it. */
  refused: Shown
}

declare module '../../server/views.ts' {
  interface Views {
    'manage/votes': ManageVotesPageModel
  }
}

/** The creator sets votes aside, with a reason, and counts them again. */
export async function manageVotes(app: FastifyInstance, web: Web): Promise<void> {
  app.get<PollParams>('/polls/:slug/votes/manage', async (request, reply) =>
    show(web, request, reply, await ownPoll(web, request), {}),
  )

  app.post<VoterParams>('/polls/:slug/votes/:person/aside', changing(app), async (request, reply) => {
    const poll = await ownPoll(web, request)
    const typed = field(fieldsOf(request), 'reason')
    const of = request.params.person
    const again = (status: number, wrong: string) => show(web, request, reply.code(status), poll, { typed, wrong, of })
    const input = voteAside.safeParse({ reason: typed })
    if (!input.success) return again(422, errorsOf(input.error).reason ?? '')
    try {
      const voter = await voterOf(web, poll, of)
      const command = { type: 'setVoteAside', voter, reason: input.data.reason, by: personOf(request) } as const
      await web.services.ballotBox.submit({ pollId: poll.id, command })
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      return again(refusals[refusal.code].status, refusal.message)
    }
    reply.setFlash('The vote was set aside. It does not count.')
    return reply.redirect(`${pollPath(poll)}/votes/manage`, 303)
  })

  app.post<VoterParams>('/polls/:slug/votes/:person/restore', changing(app), async (request, reply) => {
    const poll = await ownPoll(web, request)
    const of = request.params.person
    try {
      const command = { type: 'restoreVote', voter: await voterOf(web, poll, of), by: personOf(request) } as const
      await web.services.ballotBox.submit({ pollId: poll.id, command })
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      return show(web, request, reply.code(refusals[refusal.code].status), poll, { wrong: refusal.message, of })
    }
    reply.setFlash('The vote counts again.')
    return reply.redirect(`${pollPath(poll)}/votes/manage`, 303)
  })
}

/** @throws {Refusal} `forbidden` for anybody but the creator; where no vote can be set aside, the reason */
async function ownPoll(web: Web, request: FastifyRequest<PollParams>): Promise<Poll> {
  const { poll } = await viewPoll(web, request)
  if (!isCreator(poll, request.person))
    throw new Refusal('forbidden', 'Only the creator of this poll can set votes aside.')
  const refusal = refusalToSetAside(poll)
  if (refusal) throw refusal
  return poll
}

async function voterOf({ services }: Web, { id }: Poll, personId: string): Promise<PersonName> {
  const vote = /^[a-z0-9]{1,40}$/.test(personId) ? await services.polls.managedVote(id, personId) : undefined
  if (!vote) throw new Refusal('not_found', 'This person has no vote here any more.')
  return vote.person
}

async function show({ services }: Web, request: FastifyRequest, reply: FastifyReply, poll: Poll, refused: Shown) {
  const { from } = request.query as { from?: unknown }
  const start = typeof from === 'string' && /^[a-z0-9]{1,40}$/.test(from) ? from : ''
  const [{ votes, next }, aside] = await Promise.all([
    services.polls.votesPage(poll.id, { from: start, limit: votesShown }),
    services.polls.votesSetAside(poll.id),
  ])
  return showPage(request, reply, 'manage/votes', {
    title: 'Set a vote aside',
    now: services.clock(),
    path: pollPath(poll),
    votes: votes.map(({ person, choices }) => ({ person, choices: areVotesHidden(poll) ? [] : names(poll, choices) })),
    aside: aside.map(({ person, reason }) => ({ person, reason: reason ?? '' })),
    next: next === null ? undefined : `${pollPath(poll)}/votes/manage?from=${next}`,
    refused,
  })
}
