import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import { linked } from '../links.ts'
import { timeBucket } from '../pages/page.ts'
import { outcomeCounted, outcomeOf } from '../polls/methods/counting-method.ts'
import { isFull } from '../polls/places.ts'
import type { Comment, PollView } from '../polls/queries.ts'
import { areResultsHidden, areVotesHidden, seenBy } from '../polls/results-visible.ts'
import type { Poll } from '../polls/types.ts'
import type { Services } from '../services.ts'
import { answersModel } from './answers-model.ts'
import { countModel } from './count-model.ts'
import { eventModel } from './event-model.ts'
import { type CommentModel, commentModel, pollModel, timesOf } from './poll-model.ts'

export const eventsShown = 20
export const commentsShown = 20
const answersShown = 100
/** In characters: a page of comments holds fewer of them where they are long. */
const maxCommentsLength = 25_000

/** 64 million characters of cached HTML. */
const largestCache = 64_000_000
const mostModels = 2_000

export type PollModel = ReturnType<typeof pollModel>
export type DiscussionHtml = { commentsHtml: string; activityHtml: string }

/** The parts of a poll's pages that are the same for all who look at it: rendered once per revision. */
export class PollFragments {
  readonly #app: FastifyInstance
  readonly #services: Services
  readonly #cache = new LRUCache<string, string>({
    maxSize: largestCache,
    sizeCalculation: (html) => html.length + 1,
  })
  readonly #models = new LRUCache<string, PollModel>({ max: mostModels })

  constructor(app: FastifyInstance, services: Services) {
    this.#app = app
    this.#services = services
  }

  /** What templates show of the poll at this time. */
  model(given: PollView, now: Date): PollModel {
    const { poll, version } = asSeen(given)
    const key = [poll.id, poll.revision, version, poll.resultsVisible, timeBucket(now, timesOf(poll))].join(' ')
    const known = this.#models.get(key)
    if (known) return known
    const model = pollModel(poll, now)
    this.#models.set(key, model)
    return model
  }

  /** Title, description, who asked and when. */
  head(view: PollView): Promise<string> {
    return this.#once('head', view, '', (poll) => this.#app.view('parts/head', { poll }))
  }

  /** The options as a picture; where a click votes, with a button each while the poll is open to whoever looks. */
  results(given: PollView, isSignedIn: boolean): Promise<string> {
    const view = asSeen(given)
    if (view.poll.method === 'ranked')
      return this.#once('results', view, '', (_poll, now) => this.#ranked(view.poll, now))
    if (view.poll.method === 'dates') return this.#once('results', view, '', (model) => this.#dates(view.poll, model))
    return this.#toVoteIn('results', view, isSignedIn)
  }

  /** The poll in a list. */
  card(view: PollView, isSignedIn: boolean): Promise<string> {
    return this.#toVoteIn('card', asSeen(view), isSignedIn)
  }

  /** The newest comments. */
  comments(view: PollView): Promise<string> {
    return this.#once('comments', view, '', async () => {
      return this.commentItems(
        view.poll.id,
        await this.#services.polls.comments(view.poll.id, { limit: commentsShown }),
      )
    })
  }

  /** A page of older comments, those before a revision, and the link to the next page. */
  olderComments(view: PollView, before: number): Promise<string> {
    return this.#once('older-comments', view, String(before), async (poll) => {
      const found = await this.#services.polls.comments(poll.id, { before, limit: commentsShown + 1 })
      const shown = firstThatFit(found.slice(0, commentsShown))
      const older = found.length > shown.length ? shown.at(-1)?.revision : undefined
      const commentsHtml = await this.commentItems(poll.id, shown)
      return this.#app.view('parts/comment-page', { path: poll.path, isEmpty: shown.length === 0, commentsHtml, older })
    })
  }

  /** Comments as items of a list. */
  async commentItems(pollId: string, comments: readonly Comment[]): Promise<string> {
    const now = this.#services.clock()
    const models: CommentModel[] = []
    for (const comment of comments) models.push(commentModel(comment, await this.#bodyHtml(pollId, comment), now))
    return this.#app.view('parts/comments', { comments: models })
  }

  /** The newest events of the log. */
  activity(given: PollView): Promise<string> {
    const view = asSeen(given)
    return this.#once('activity', view, '', async (_poll, now) => {
      const page = await this.#services.polls.events(view.poll.id, {
        before: view.poll.revision + 1,
        limit: eventsShown,
      })
      return this.#app.view('parts/activity', { events: page.map((event) => eventModel(event, view.poll, now)) })
    })
  }

  /** The first choices as a picture, and how the ballots are counted. */
  async #ranked(poll: Poll, now: Date): Promise<string> {
    const counted = areResultsHidden(poll) || poll.totalVotes === 0 ? undefined : await this.#services.counts.of(poll)
    const outcome = poll.outcome ?? (counted ? outcomeCounted(poll, counted) : outcomeOf(poll))
    return this.#app.view('parts/results', {
      poll: pollModel(poll, now, outcome),
      choices: [],
      canClick: false,
      blocked: [],
      count: counted && outcome && countModel(poll, outcome, counted),
    })
  }

  /** How many can on each date, and who. */
  async #dates(poll: Poll, model: PollModel): Promise<string> {
    const isShown = !areVotesHidden(poll) && poll.totalVotes > 0
    const answers = isShown ? await this.#services.polls.answers(poll.id, answersShown) : []
    return this.#app.view('parts/results', {
      poll: model,
      choices: [],
      canClick: false,
      blocked: [],
      answers: isShown ? answersModel(answers, poll.totalVotes) : undefined,
    })
  }

  /** A comment never changes. Looking for links in a long one takes milliseconds, so other requests get their turn. */
  async #bodyHtml(pollId: string, { revision, body }: Comment): Promise<string> {
    const key = ['comment', pollId, revision].join(' ')
    const known = this.#cache.get(key)
    if (known !== undefined) return known
    await setImmediate()
    const html = await this.#app.view('parts/text', { parts: linked(body) })
    this.#cache.set(key, html)
    return html
  }

  #toVoteIn(part: 'results' | 'card', view: PollView, isSignedIn: boolean): Promise<string> {
    const { poll, choices, hasVoted } = view
    const mayVote = isSignedIn || !poll.votersSignedIn
    const variant = [mayVote, hasVoted, ...choices].join()
    return this.#once(part, view, variant, (model) => {
      const canVote = mayVote && poll.status === 'open'
      // In a list, no receipt could be shown.
      const canClick = canVote && isClickEnough(poll) && !(part === 'card' && poll.anonymous)
      return this.#app.view(`parts/${part}`, {
        poll: model,
        choices,
        hasVoted,
        mayVote,
        canVote,
        canClick,
        blocked: blocked(view),
      })
    })
  }

  async #once(
    part: string,
    view: PollView,
    variant: string,
    render: (model: PollModel, now: Date) => Promise<string> | string,
  ): Promise<string> {
    const now = this.#services.clock()
    const { poll, version } = view
    const time = timeBucket(now, timesOf(poll))
    const key = [part, poll.id, poll.revision, version, poll.resultsVisible, time, variant].join(' ')
    const known = this.#cache.get(key)
    if (known !== undefined) return known
    const html = await render(this.model(view, now), now)
    this.#cache.set(key, html)
    return html
  }
}

/** At least one. */
function firstThatFit(comments: Comment[]): Comment[] {
  const fitting: Comment[] = []
  let length = 0
  for (const comment of comments) {
    length += comment.body.length
    if (fitting.length > 0 && length > maxCommentsLength) break
    fitting.push(comment)
  }
  return fitting
}

/** The options whose button would be refused: full ones, and what is final. */
function blocked({ poll, choices }: PollView): string[] {
  const isSettled = poll.votesFinal && poll.method === 'single_choice' && choices.length > 0
  const isBlocked = (id: string) => (choices.includes(id) ? poll.votesFinal : isSettled || isFull(poll, id))
  return poll.options.filter(({ id }) => isBlocked(id)).map(({ id }) => id)
}

/** Whether a click on an option is a vote: not where it takes an order, or points. */
function isClickEnough({ method }: Poll): boolean {
  return method === 'single_choice' || method === 'multiple_choice'
}

/** With the results, where whoever has voted may see them. */
function asSeen(view: PollView): PollView {
  const poll = seenBy(view.poll, view.choices)
  return poll === view.poll ? view : { ...view, poll }
}
