import type { FastifyInstance, FastifyRequest } from 'fastify'
import { category as categoryInput } from '../polls/inputs/inputs.ts'
import { isolated } from '../polls/model/direction.ts'
import type { PollFilter } from '../polls/queries/poll-queries.ts'
import { notModified, showPage } from '../server/pages/page.ts'
import type { Page } from '../server/views.ts'
import { PollCards } from './poll-cards.ts'
import type { WebOptions } from './web-options.ts'

const pollsShown = 20
const maxSearchLength = 200

type Query = {
  q: string
  category: string
  status: 'open' | 'closed' | undefined
  cursor: string | undefined
  done: string | undefined
}

export type PollListPageModel = Page &
  Query & {
    /** The CSRF token belongs between the parts of the cards' HTML. */
    sections: { heading: string; cards: readonly string[] }[]
    next: string | null
    tabs: { label: string; href: string; isCurrent: boolean }[]
    everyCategory: string
    /** Whether it is the front page, without a search or a filter. */
    isStart: boolean
  }

declare module '../server/views.ts' {
  interface Views {
    'poll-list': PollListPageModel
  }
}

/** The front page: open polls with the newest activity first, then closed ones. */
export async function pollList(
  app: FastifyInstance,
  { services, fragments }: WebOptions<'clock' | 'polls'>,
): Promise<void> {
  const cards = new PollCards(app, fragments)

  app.get('/polls', async (_request, reply) => reply.redirect('/', 302))

  app.get('/', async (request, reply) => {
    const query = queryOf(request)
    if (query.q) await app.limits.search(request, reply)
    const page = { cursor: query.cursor, limit: pollsShown }
    const { polls, next } = await services.polls.list(filterOf(query), page, request.person?.id)
    const viewer = { isSignedIn: request.isSignedIn, isNamed: request.person !== undefined }
    const shown = polls.map((view) => fragments.cardKey(view, viewer.isSignedIn))
    if (notModified(request, reply, [request.url, next, ...shown].join())) return reply
    // A poll that is voted on comes to the first page.
    const back = link({ ...query, cursor: undefined, done: undefined })
    const sections = headings.map(async ({ heading, status }) => {
      const listed = polls.filter(({ poll }) => poll.status === status)
      return listed.length > 0 ? [{ heading, cards: await cards.html(listed, viewer, back) }] : []
    })
    return showPage(request, reply, 'poll-list', {
      title: titleOf(query),
      now: services.clock(),
      ...query,
      sections: (await Promise.all(sections)).flat(),
      next: next && link({ ...query, cursor: next, done: undefined }),
      tabs: tabs(query),
      isStart: link({ ...query, done: undefined }) === '/',
      everyCategory: link({ ...query, category: '', cursor: undefined, done: undefined }),
    })
  })
}

const headings = [
  { heading: 'Open polls', status: 'open' },
  { heading: 'Closed polls', status: 'closed' },
] as const

/** What the address asks for; what it asks for in vain is left out rather than refused. */
function queryOf(request: FastifyRequest): Query {
  const { q, category, status, cursor, done } = request.query as Record<string, unknown>
  return {
    q: searchIn(q),
    category: categoryInput.safeParse(category).data ?? '',
    status: status === 'open' || status === 'closed' ? status : undefined,
    cursor: typeof cursor === 'string' ? cursor : undefined,
    done: typeof done === 'string' ? done : undefined,
  }
}

/** The words of a search. */
export function searchIn(q: unknown): string {
  return typeof q === 'string' ? q.toWellFormed().replaceAll('\0', '').trim().slice(0, maxSearchLength) : ''
}

function filterOf({ q, category, status }: Query): PollFilter {
  return { q, category, status }
}

function titleOf({ q, category }: Query): string {
  return ['Polls', category && `in ${isolated(category)}`, q && `with “${isolated(q)}”`].filter(Boolean).join(' ')
}

function tabs({ status, ...query }: Query) {
  const tab = (label: string, wanted: Query['status']) => ({
    label,
    href: link({ ...query, status: wanted, cursor: undefined, done: undefined }),
    isCurrent: status === wanted,
  })
  return [tab('All', undefined), tab('Open', 'open'), tab('Closed', 'closed')]
}

function link(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return given.length === 0 ? '/' : `/?${new URLSearchParams(given)}`
}
