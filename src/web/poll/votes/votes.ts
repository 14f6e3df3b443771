import type { FastifyInstance, FastifyRequest } from 'fastify'
import { names, type Phrase } from '../../../polls/model/phrases.ts'
import { expectVotes, seenBy } from '../../../polls/rules/visibility.ts'
import { notModified, showPage, timeBucket } from '../../../server/pages/page.ts'
import type { Page } from '../../../server/views.ts'
import type { ShownPerson } from '../../part-models.ts'
import type { PageServices, WebOptions } from '../../web-options.ts'
import { type PollParams, viewPoll } from '../poll.ts'
import { type PollModel, timesOf } from '../poll-model.ts'
import { ballotsShown } from '../published-ballots.ts'
import { votesPath } from './voters-model.ts'

export type VotesPageModel = Page & {
  poll: PollModel
  path: string
  votes: { person: ShownPerson; says: readonly Phrase[] }[]
  isFirst: boolean
  next: string | null
}

declare module '../../../server/views.ts' {
  interface Views {
    'poll/votes': VotesPageModel
  }
}

/** Who voted for what: all votes of a poll that is not anonymous, page by page. */
export async function votes(app: FastifyInstance, web: WebOptions<PageServices>): Promise<void> {
  const { services, fragments } = web

  app.get<PollParams>('/polls/:slug/votes', async (request, reply) => {
    const view = await viewPoll(web, request)
    const poll = seenBy(view.poll, view.choices)
    expectVotes(poll)
    const now = services.clock()
    const from = fromIn(request)
    const shown = ['votes', poll.id, view.version, view.hasVoted, from, timeBucket(now, timesOf(poll))].join()
    if (notModified(request, reply, shown)) return reply
    const { votes, next } = await services.polls.votesPage(poll.id, { from, limit: ballotsShown(poll) })
    const byName = votes.toSorted((one, other) => one.person.name.localeCompare(other.person.name, 'en'))
    return showPage(request, reply, 'poll/votes', {
      title: `Votes in ${poll.title}`,
      now,
      poll: fragments.model(view, now),
      path: votesPath(poll.id),
      votes: byName.map(({ person, choices }) => ({ person, says: names(poll, choices) })),
      isFirst: from === '',
      next,
    })
  })
}

/** The person that the page begins with: `?from=`, or else the first. */
function fromIn({ query }: FastifyRequest): string {
  const { from } = query as { from?: unknown }
  return typeof from === 'string' && /^[\w-]{1,40}$/.test(from) ? from : ''
}
