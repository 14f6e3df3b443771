import type { FastifyInstance, FastifyRequest } from 'fastify'
import { receiptOf } from '../../polls/anonymous/receipt.ts'
import { counted, names, type Phrase } from '../../polls/model/phrases.ts'
import type { AnonymousBallot, Poll } from '../../polls/model/poll.ts'
import { expectPublishedBallots } from '../../polls/rules/visibility.ts'
import { keptReceipt } from '../../server/cookies/receipt-cookies.ts'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { type PollParams, pollIdOf } from './poll.ts'
import { maxPageLength } from './poll-fragments.ts'
import { type PollModel, pollModel, publishedBallotsPath } from './poll-model.ts'

const maxBallotsShown = 100

export type PublishedBallotsPageModel = Page & {
  poll: PollModel
  path: string
  total: string
  ballots: { hash: string; isOwn: boolean; says: Phrase[] }[]
  own: string | undefined
  isFirst: boolean
  next: string | null
}

declare module '../../server/views.ts' {
  interface Views {
    'poll/published-ballots': PublishedBallotsPageModel
  }
}

/** The ballots of an anonymous poll that was closed, for everybody to count, and to find their own. */
export async function publishedBallots(app: FastifyInstance, web: WebOptions<PageServices>): Promise<void> {
  const { services } = web

  app.get<PollParams>('/polls/:slug/ballots', async (request, reply) => {
    const { poll } = await services.polls.view(pollIdOf(request))
    expectPublishedBallots(poll)
    const now = services.clock()
    const code = keptReceipt(services, request, poll.id)
    const own = code === undefined ? undefined : receiptOf(code).hash
    const from = placeOf(request, own)
    const { ballots, next } = await services.anonymousBallots.published(poll.id, { from, limit: ballotsShown(poll) })
    return showPage(request, reply, 'poll/published-ballots', {
      title: `Ballots of ${poll.title}`,
      now,
      poll: pollModel(poll, now),
      path: publishedBallotsPath(poll.id),
      total: counted(poll.totalVotes, 'ballot'),
      ballots: ballots.map((ballot) => ballotModel(poll, ballot, own)),
      own,
      isFirst: from === '',
      next,
    })
  })
}

/** Fewer where a ballot can name many long options. */
export function ballotsShown({ options }: Poll): number {
  const length = options.reduce((sum, { title }) => sum + title.length, 0)
  return Math.min(maxBallotsShown, Math.max(1, Math.floor(maxPageLength / length)))
}

/** The hash that the page begins with: `?from=`, or one's own, which no address shall name; or else the first. */
function placeOf(request: FastifyRequest, own: string | undefined): string {
  const { from, own: isOwn } = request.query as { from?: unknown; own?: unknown }
  if (isOwn !== undefined && own) return own
  return typeof from === 'string' && /^[0-9a-f]{1,64}$/.test(from) ? from : ''
}

function ballotModel(poll: Poll, { hash, choices }: AnonymousBallot, own: string | undefined) {
  return { hash, isOwn: hash === own, says: names(poll, choices) }
}
