import { finished } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../../errors.ts'
import type { PollChange } from '../../live/live.ts'
import { type Chunk, StreamHub, sseEvent, startStream } from '../../live/stream-hub.ts'
import { viewerOf } from '../../live/viewer.ts'
import { formatChoices } from '../../polls/model/choices/choice-text.ts'
import { withoutOption } from '../../polls/model/choices/choices.ts'
import { isolated } from '../../polls/model/direction.ts'
import type { EventFacts, GuestBallot, PollEvent } from '../../polls/model/events.ts'
import type { Choices, Poll } from '../../polls/model/poll.ts'
import type { Comment, PollView } from '../../polls/queries/poll-queries.ts'
import { areOptionsSettled } from '../../polls/rules/proposals.ts'
import { areResultsHidden } from '../../polls/rules/visibility.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { type PollParams, viewPoll } from './poll.ts'
import { commentsShown, eventsShown } from './poll-fragments.ts'
import { controlsOf } from './poll-model.ts'

/** Open streams of one process; each holds a socket. */
const maxViewers = 10_000

/** Live updates of a poll's open pages: new results, events and comments. Rendered once for all viewers. */
export async function stream(app: FastifyInstance, web: WebOptions<PageServices | 'live'>): Promise<void> {
  const hub = new StreamHub(web.services.live, {
    change: async (change) => [await frameOf(web, change)],
    since: (pollId, revision) => frameSince(web, pollId, revision),
    personal: ballotsChanged,
  })
  app.addHook('preClose', () => hub.close())

  const config = { shed: 'changes' } as const
  const route = { config, sse: 'only', exposeHeadRoute: false, preHandler: app.limits.streams } as const
  app.get<PollParams>('/polls/:slug/stream', route, async (request, reply) => {
    const { poll, choices, setAside, notice } = await viewPoll(web, request)
    if (hub.size >= maxViewers)
      throw new Refusal('unavailable', 'Too many people watch polls right now. Reload the page later.')
    if (reply.raw.destroyed) return
    startStream(reply)
    const seenRevision = seen(request)
    if (request.person && seenRevision < poll.revision)
      reply.raw.write(ballotChanged({ choices, setAside, hasNotice: Boolean(notice) }))
    finished(reply.raw, hub.join(poll, viewerOf(reply.raw, { personId: request.person?.id, revision: seenRevision })))
  })
}

/** The revision that the page shows: `Last-Event-ID` after a reconnect, else the revision of the page. */
function seen(request: FastifyRequest): number {
  const { since } = request.query as { since?: unknown }
  const revision = Number(request.headers['last-event-id'] ?? since ?? 0)
  return Number.isSafeInteger(revision) && revision > 0 ? revision : 0
}

async function frameSince(web: WebOptions<'clock' | 'polls'>, pollId: string, revision: number): Promise<Chunk[]> {
  const { polls } = web.services
  const view = await polls.view(pollId)
  const { poll } = view
  if (poll.revision <= revision) return []
  const before = poll.revision + 1
  const isNew = (entry: Comment | PollEvent) => entry.revision > revision
  const events = (await polls.events(pollId, { before, limit: eventsShown })).filter(isNew)
  const comments = (await polls.comments(pollId, { before, limit: commentsShown })).filter(isNew)
  const areStale = areCommentsChanged(events) || poll.revision - revision > events.length
  return [await frame(web, view, { since: revision, events, comments, areStale })]
}

function frameOf(web: WebOptions<'clock'>, { poll, events, previous }: PollChange): Promise<Chunk> {
  const comments = events.toReversed().flatMap(madeComment).slice(0, commentsShown)
  const view: PollView = { poll, choices: [], setAside: [], hasVoted: false, version: 'live' }
  const areStale = areCommentsChanged(events)
  return frame(web, view, { since: previous, events, comments, areStale })
}

/** What happened after revision `since`. `areStale`: comments that pages show may have been edited or deleted. */
type News = { since: number; events: readonly PollEvent[]; comments: Comment[]; areStale: boolean }

async function frame(web: WebOptions<'clock'>, view: PollView, news: News): Promise<Chunk> {
  const { since, events, comments, areStale } = news
  const { poll } = view
  const data = {
    revision: poll.revision,
    status: poll.deletedAt ? 'deleted' : poll.status,
    rulesRevision: poll.rulesRevision,
    optionsOpen: poll.optionsOpen,
    areOptionsSettled: areOptionsSettled(poll),
    comments: poll.totalComments,
    controls: controlsOf(poll),
    windowTitle: isolated(poll.title),
    head: await web.fragments.head(view),
    results: await web.fragments.results(view, true),
    resultLinks: await web.fragments.resultLinks(view),
    guestResults: poll.votersSignedIn ? await web.fragments.results(view, false) : undefined,
    votersSignedIn: poll.votersSignedIn,
    counts: poll.status === 'open' ? await web.fragments.counts(view) : '',
    proposals: await web.fragments.proposals(view),
    areForVoters: areResultsHidden(poll) && poll.resultsVisible === 'after_voting',
    activity: await web.fragments.activitySince(view, since),
    revealedActivity: isReveal(poll, events) ? await web.fragments.activity(view) : undefined,
    newComments: await web.fragments.commentItems(poll, comments),
    allComments: areStale ? await web.fragments.comments(view) : undefined,
  }
  return { revision: poll.revision, bytes: sseEvent({ id: poll.revision, event: 'poll', data }) }
}

/** Whether these events reveal results that were hidden. The earlier events then say more than they did. */
function isReveal(poll: Poll, events: readonly PollEvent[]): boolean {
  const isClosed = events.some(({ facts }) => facts.type === 'closed')
  return isClosed && poll.resultsVisible !== 'always' && !areResultsHidden(poll)
}

function areCommentsChanged(events: readonly PollEvent[]): boolean {
  return events.some(({ facts }) => facts.type === 'comment_edited' || facts.type === 'comment_deleted')
}

function madeComment({ revision, actor, at, facts }: PollEvent): Comment | [] {
  if (facts.type !== 'commented' || facts.body === null) return []
  return { revision, author: actor, at, body: facts.body, editedAt: null, from: facts.from ?? null }
}

/** `hasNotice`: the page says what the creator did to it. */
type Ballot = { choices: Choices; setAside?: Choices; hasNotice?: boolean }

/** The own ballot of each person whose ballot changed, for their other open pages. */
function ballotsChanged({ poll, events }: PollChange): Map<string, Buffer> {
  // Only the browser with the receipt may see an anonymous ballot.
  if (poll.anonymous) return new Map()
  const changed = events.flatMap(({ actor, facts }): [string, Ballot][] => {
    if (facts.type === 'voted' || facts.type === 'vote_counted') return [[actor.id, { choices: facts.choices }]]
    if (facts.type === 'vote_changed' || facts.type === 'guest_merged') return [[actor.id, { choices: facts.to }]]
    if (facts.type === 'vote_withdrawn') return [[actor.id, { choices: [] }]]
    if (facts.type === 'voter_list_changed')
      return (facts.uncounted ?? []).map(({ personId }) => [personId, { choices: [] }])
    if (facts.type === 'option_removed') return ballotsWithout(facts)
    if (facts.type === 'vote_set_aside') return [[facts.voter.id, { choices: [], hasNotice: true }]]
    if (facts.type === 'vote_restored') return [[facts.voter.id, { choices: facts.choices }]]
    return facts.type === 'edited' ? guestBallotsChanged(facts) : []
  })
  return new Map([...new Map(changed)].map(([personId, ballot]) => [personId, ballotChanged(ballot)]))
}

function ballotsWithout({ option, changed = [], changedAside = [] }: Extract<EventFacts, { type: 'option_removed' }>) {
  const without = ({ choices }: GuestBallot) => withoutOption(choices, option.id)
  return [
    ...changed.map((one): [string, Ballot] => [one.personId, { choices: without(one), hasNotice: true }]),
    ...changedAside.map((one): [string, Ballot] => {
      return [one.personId, { choices: [], setAside: without(one), hasNotice: true }]
    }),
  ]
}

function guestBallotsChanged({ uncounted = [], recounted = [] }: Extract<EventFacts, { type: 'edited' }>) {
  return [
    ...uncounted.map(({ personId, choices }): [string, Ballot] => [personId, { choices: [], setAside: choices }]),
    ...recounted.map(({ personId, choices }): [string, Ballot] => [personId, { choices }]),
  ]
}

function ballotChanged({ choices, setAside, hasNotice }: Ballot): Buffer {
  const data = { choices: formatChoices(choices), setAside: setAside && formatChoices(setAside), hasNotice }
  return sseEvent({ event: 'ballot', data })
}
