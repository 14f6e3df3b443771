import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Gathered } from '../../chat/gathered-votes.ts'
import { outcomeCounted, outcomeOf } from '../../polls/counting/methods.ts'
import { formatChoices } from '../../polls/model/choices/choice-text.ts'
import { namesOption, optionIdsOf } from '../../polls/model/choices/choices.ts'
import type { Phrase } from '../../polls/model/phrases.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { PollMethod } from '../../polls/model/poll-rules.ts'
import { linked } from '../../polls/model/text-format.ts'
import type { Comment, PollView } from '../../polls/queries/poll-queries.ts'
import { isCreator, isFull } from '../../polls/rules/permissions.ts'
import { areResultsHidden, areVotesHidden, seenBy } from '../../polls/rules/visibility.ts'
import { timeBucket } from '../../server/pages/page.ts'
import type { Given, Page, ViewContext, Views } from '../../server/views.ts'
import type { Services } from '../../services.ts'
import type { LinkedTextPart } from '../part-models.ts'
import { countModel } from './count-model.ts'
import { answersModel } from './dates/answers-model.ts'
import { endOf, entriesBefore, entryModel, firstOf } from './entries.ts'
import { type CommentModel, commentModel, type OptionModel, type PollModel, pollModel, timesOf } from './poll-model.ts'
import { Turns } from './turns.ts'
import { type VotersModel, votersModels } from './votes/voters-model.ts'
import { whoSees } from './voting/vote-meaning.ts'
import { type VoteStatus, voteStatus } from './voting/vote-status.ts'

export const eventsShown = 20
export const commentsShown = 20
const answersShown = 100
/** A card with more options shows the first ones, and links to all. */
const optionsOnCard = 4
/** In characters: a page of comments, of the log or of ballots holds fewer of them where they are long. */
export const maxPageLength = 25_000

/** In characters of HTML: parts of pages, and of pages with older comments or events. */
const maxPartsLength = 60_000_000
const maxOlderLength = 4_000_000
const maxModels = 2_000

export type HeadPart = ViewContext & { poll: PollModel }
export type ResultsPart = ViewContext &
  VoteButtons & {
    /** Of rankings. */
    count?: CountPart['count'] | undefined
    /** Of dates. */
    answers?: AnswersPart['answers'] | undefined
    /** Whether these options are left out, as the ballot of dates shows them with their counts. */
    areInBallot?: boolean
    /** Who voted for each option, by its id. */
    voters?: Readonly<Record<string, string>>
  }
export type VotersPart = ViewContext & VotersModel
export type CardPart = ViewContext &
  VoteButtons & {
    hasVoted: boolean
    mustSignIn: boolean
    voteStatus: VoteStatus | undefined
    /** Who will see a vote, until the viewer has one. */
    whoSees: readonly Phrase[] | undefined
    /** How many options it shows. */
    most: number
    link: string | undefined
  }
/** Options to choose. The vote has these `choices`; the options with these ids are `picked` in the form, or `blocked`. */
type VoteButtons = {
  poll: PollModel
  choices: readonly string[]
  picked: readonly string[]
  canClick: boolean
  blocked: readonly string[]
}
export type ChoicePart = Pick<VoteButtons, 'poll' | 'picked' | 'blocked'> & OptionPart
export type CardChoicePart = Pick<VoteButtons, 'blocked'> & OptionPart
export type OptionPart = { option: OptionModel; isMine: boolean }
export type CountPart = { count: ReturnType<typeof countModel> }
export type AnswersPart = HeadPart & { answers: ReturnType<typeof answersModel> }
export type DateRowsPart = { poll: PollModel }
export type DateCountPart = { option: OptionModel }
export type ProposalsPart = HeadPart & ({ mayDecide: false } | { mayDecide: true; page: Pick<Page['page'], 'csrf'> })
export type CommentsPart = ViewContext & { pollId: string; comments: readonly CommentModel[] }
export type CommentPagePart = ViewContext & OlderPart & { isEmpty: boolean; commentsHtml: string }
export type ActivityPart = ViewContext & { entries: readonly ReturnType<typeof entryModel>[] }
export type ActivityPagePart = ViewContext & OlderPart & { activityHtml: string }
/** `older` is the revision that the next page ends before. */
type OlderPart = { path: string; older: number | undefined }

declare module '../../server/views.ts' {
  interface Views {
    'parts/poll/head': HeadPart
    'parts/poll/results': ResultsPart
    'parts/poll/result-links': HeadPart
    'parts/poll/voters': VotersPart
    'parts/poll/card': CardPart
    'parts/dates/counts': DateRowsPart
    'parts/poll/proposals': ProposalsPart
    'parts/discussion/comment-page': CommentPagePart
    'parts/discussion/comments': CommentsPart
    'parts/discussion/activity-page': ActivityPagePart
    'parts/discussion/activity': ActivityPart
    'parts/text': LinkedTextPart
  }
}

type Render = (model: PollModel, now: Date) => Promise<string>

/** The parts of a poll's pages that are the same for all who look at it: rendered once per revision. */
export class PollFragments {
  readonly #app: FastifyInstance
  readonly #services: Pick<Services, 'clock' | 'polls' | 'counts'>
  readonly #parts = new HtmlCache(maxPartsLength)
  /** Anybody can ask for a page before any revision. Such pages must not push the parts of other pages out. */
  readonly #olderPages = new HtmlCache(maxOlderLength)
  readonly #turns = new Turns()
  readonly #models = new LRUCache<string, PollModel>({ max: maxModels })

  constructor(app: FastifyInstance, services: Pick<Services, 'clock' | 'polls' | 'counts'>) {
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
    return this.#once('head', view, '', (poll) => this.#view('parts/poll/head', () => ({ poll })))
  }

  /** What one can do with the results: download them, see all ballots, add the date to a calendar. */
  resultLinks(given: PollView): Promise<string> {
    return this.#once('result-links', asSeen(given), '', (poll) =>
      this.#view('parts/poll/result-links', () => ({ poll })),
    )
  }

  /**
   * The options with their counts; with boxes to choose while the viewer can vote.
   *
   * @param picked the options of a ballot that was refused
   */
  results(
    given: PollView,
    isSignedIn: boolean,
    picked: readonly string[] = optionIdsOf(given.choices),
  ): Promise<string> {
    const view = asSeen(given)
    if (view.poll.method === 'ranked') return this.#once('results', view, '', (_poll, now) => this.#ranked(view, now))
    if (view.poll.method === 'dates') {
      const areInBallot = view.poll.status === 'open' && (isSignedIn || !view.poll.votersSignedIn)
      return this.#once('results', view, String(areInBallot), (model) => this.#dates(view.poll, model, areInBallot))
    }
    return this.#toVoteIn(view, isSignedIn, picked)
  }

  /** The counts in the rows of a ballot of dates. */
  counts(view: PollView): Promise<string> {
    if (view.poll.method !== 'dates') return Promise.resolve('')
    return this.#once('counts', view, '', (poll) => this.#view('parts/dates/counts', () => ({ poll })))
  }

  /** What others proposed, as all but the creator see it. */
  proposals(view: PollView): Promise<string> {
    if (view.poll.proposals.length === 0) return Promise.resolve('')
    return this.#once('proposals', view, '', (poll) =>
      this.#app.view('parts/poll/proposals', { poll, mayDecide: false } satisfies Given<'parts/poll/proposals'>),
    )
  }

  /** The poll in a list. */
  card(given: PollView, isSignedIn: boolean): Promise<string> {
    const view = asSeen(given)
    const { poll, hasVoted } = view
    const choices = formatChoices(view.choices)
    const canVote = isVoter(view, isSignedIn)
    const canClick = isClickable(view, isSignedIn)
    return this.#once('card', view, voteVariant(view, isSignedIn), (model, now) =>
      this.#view('parts/poll/card', () => ({
        ...{ poll: model, choices, picked: optionIdsOf(view.choices), canClick, blocked: blocked(view), hasVoted },
        mustSignIn: poll.votersSignedIn && !isSignedIn,
        voteStatus: canClick ? voteStatus(poll, view.choices, now) : undefined,
        whoSees: canClick && choices.length === 0 ? whoSees(poll) : undefined,
        most: optionsOnCard,
        link: canClick ? undefined : isSetAside(view) ? 'Why your vote does not count' : cardLink(poll, canVote),
      })),
    )
  }

  /** Changes with everything that `card` depends on. */
  cardKey(given: PollView, isSignedIn: boolean): string {
    const view = asSeen(given)
    return this.#key('card', view, voteVariant(view, isSignedIn), this.#services.clock())
  }

  /** The newest comments. @param viewer sees what they may do with each */
  async comments(view: PollView, viewer?: { id: string }): Promise<string> {
    const read = () => this.#services.polls.comments(view.poll.id, { limit: commentsShown })
    // Almost everybody sees the same list, so the authors are remembered and not asked for again.
    const authors = await this.#once('comment-authors', view, '', async () =>
      JSON.stringify((await read()).map(({ author }) => author.id)),
    )
    const isOwn = viewer !== undefined && (JSON.parse(authors) as string[]).includes(viewer.id)
    const manager = isOwn || isCreator(view.poll, viewer) ? viewer : undefined
    return this.#once('comments', view, manager?.id ?? '', async () =>
      this.commentItems(view.poll, await read(), manager),
    )
  }

  /** A page of older comments, those before a revision, and the link to the next page. */
  olderComments(view: PollView, before: number, viewer: { id: string } | undefined): Promise<string> {
    return this.#older('older-comments', view, `${before} ${viewer?.id ?? ''}`, async (poll) => {
      const found = await this.#services.polls.comments(poll.id, { before, limit: commentsShown + 1 })
      const shown = firstThatFit(found.slice(0, commentsShown), ({ body }) => body.length)
      const older = found.length > shown.length ? shown.at(-1)?.revision : undefined
      const commentsHtml = await this.commentItems(view.poll, shown, viewer)
      return this.#view('parts/discussion/comment-page', () => {
        return { path: poll.path, isEmpty: shown.length === 0, commentsHtml, older }
      })
    })
  }

  /** Comments as items of a list. */
  async commentItems(poll: Poll, comments: readonly Comment[], viewer?: { id: string }): Promise<string> {
    const now = this.#services.clock()
    const models: CommentModel[] = []
    for (const comment of comments) {
      const bodyHtml = await this.#bodyHtml(poll.id, comment)
      models.push(commentModel(comment, { bodyHtml, now, poll, viewer }))
    }
    return this.#view('parts/discussion/comments', () => ({ pollId: poll.id, comments: models }))
  }

  /** The newest entries of the activity. */
  activity(given: PollView): Promise<string> {
    const view = asSeen(given)
    return this.#once('activity', view, '', () => this.activitySince(view, 0))
  }

  /** The newest entries of the activity with events after a revision. @param view as it is seen */
  async activitySince({ poll }: PollView, revision: number): Promise<string> {
    const { entries } = await entriesBefore(this.#services.polls, poll, {
      before: poll.revision + 1,
      limit: eventsShown,
      after: revision,
    })
    return this.#activityItems(
      poll,
      entries.filter((entry) => endOf(entry) > revision),
    )
  }

  /** A page of the activity, the entries that end before a revision, and the link to the next page. */
  olderActivity(given: PollView, before: number): Promise<string> {
    const view = asSeen(given)
    return this.#older('older-activity', view, String(before), async ({ path }, now) => {
      const found = await entriesBefore(this.#services.polls, view.poll, { before, limit: eventsShown })
      const fitting = firstThatFit(found.entries, (entry) => lengthOf(entryModel(entry, view.poll, now).what))
      const { entries, older } = firstOf(found, fitting.length)
      const activityHtml = await this.#activityItems(view.poll, entries)
      return this.#view('parts/discussion/activity-page', () => ({ path, activityHtml, older }))
    })
  }

  async #activityItems(poll: Poll, entries: readonly Gathered[]): Promise<string> {
    const now = this.#services.clock()
    const items: string[] = []
    for (const entry of entries) {
      items.push(await this.#view('parts/discussion/activity', () => ({ entries: [entryModel(entry, poll, now)] })))
    }
    return items.join('')
  }

  /** The first choices as a picture, and how the ballots are counted. */
  async #ranked(view: PollView, now: Date): Promise<string> {
    const { poll } = view
    const counted = areResultsHidden(poll) || poll.totalVotes === 0 ? undefined : await this.#services.counts.of(poll)
    const voters = await this.#voters(view)
    const outcome = poll.outcome ?? (counted ? outcomeCounted(poll, counted) : outcomeOf(poll))
    return this.#view('parts/poll/results', () => ({
      poll: pollModel(poll, now, outcome),
      choices: [],
      picked: [],
      canClick: false,
      blocked: [],
      voters,
      count: counted && outcome && countModel(poll, outcome, counted),
    }))
  }

  /** Who voted for each option, as HTML by its id. The same for all results of a revision. */
  async #voters(view: PollView): Promise<Record<string, string>> {
    const { poll } = view
    if (areVotesHidden(poll) || poll.totalVotes === 0) return {}
    const json = await this.#once('voters', view, '', async () => {
      const html: Record<string, string> = {}
      for (const [id, model] of votersModels(poll, await this.#services.polls.votes(poll)))
        html[id] = await this.#view('parts/poll/voters', () => model)
      return JSON.stringify(html)
    })
    return JSON.parse(json) as Record<string, string>
  }

  /** How many can on each date, and who. */
  async #dates(poll: Poll, model: PollModel, areInBallot: boolean): Promise<string> {
    const isShown = !areVotesHidden(poll) && poll.totalVotes > 0
    const answers = isShown ? await this.#services.polls.newestVotes(poll, answersShown) : []
    return this.#view('parts/poll/results', () => ({
      poll: model,
      choices: [],
      picked: [],
      canClick: false,
      blocked: [],
      answers: isShown ? answersModel(poll, answers) : undefined,
      areInBallot,
    }))
  }

  /** Looking for links in a long comment takes milliseconds. */
  async #bodyHtml(pollId: string, { revision, body, editedAt }: Comment): Promise<string> {
    const key = ['comment', pollId, revision, editedAt?.getTime()].join(' ')
    return this.#parts.get(key, () => this.#view('parts/text', () => ({ parts: linked(body) })))
  }

  #toVoteIn(view: PollView, isSignedIn: boolean, picked: readonly string[]): Promise<string> {
    const { poll } = view
    const choices = formatChoices(view.choices)
    const variant = [voteVariant(view, isSignedIn), 'picked', ...picked].join()
    return this.#once('results', view, variant, async (model) => {
      const voters = await this.#voters(view)
      const canClick = isVoter(view, isSignedIn) && hasChoices(poll)
      const parts = { poll: model, choices, picked, canClick, blocked: blocked(view), voters }
      return this.#view('parts/poll/results', () => parts)
    })
  }

  #view<Name extends keyof Views>(name: Name, model: () => Given<Name>): Promise<string> {
    return this.#turns.take(() => this.#app.view(name, model()))
  }

  #once(part: string, view: PollView, variant: string, render: Render): Promise<string> {
    return this.#cached(this.#parts, part, view, variant, render)
  }

  #older(part: string, view: PollView, variant: string, render: Render): Promise<string> {
    return this.#cached(this.#olderPages, part, view, variant, render)
  }

  #cached(cache: HtmlCache, part: string, view: PollView, variant: string, render: Render): Promise<string> {
    const now = this.#services.clock()
    return cache.get(this.#key(part, view, variant, now), async () =>
      render(await this.#turns.take(() => this.model(view, now)), now),
    )
  }

  #key(part: string, { poll, version }: PollView, variant: string, now: Date): string {
    const time = timeBucket(now, timesOf(poll))
    return [part, poll.id, poll.revision, version, poll.resultsVisible, time, variant].join(' ')
  }
}

/** The first of a page's entries that are not too long together, and at least one. */
function firstThatFit<T>(entries: readonly T[], lengthOf: (entry: T) => number): T[] {
  const fitting: T[] = []
  let length = 0
  for (const entry of entries) {
    length += lengthOf(entry)
    if (fitting.length > 0 && length > maxPageLength) break
    fitting.push(entry)
  }
  return fitting
}

function lengthOf(phrases: Phrase[]): number {
  return phrases.reduce((sum, phrase) => sum + ('text' in phrase ? phrase.text : phrase.title).length, 0)
}

/** The options whose button would be refused: full ones, and what is final. */
function blocked({ poll, choices }: PollView): string[] {
  const isSettled = poll.votesFinal && poll.method === 'single_choice' && choices.length > 0
  const isBlocked = (id: string) => (namesOption(choices, id) ? poll.votesFinal : isSettled || isFull(poll, id))
  return poll.options.filter(({ id }) => isBlocked(id)).map(({ id }) => id)
}

/** What differs between viewers who vote, or have voted. */
function voteVariant(view: PollView, isSignedIn: boolean): string {
  const mustSignIn = view.poll.votersSignedIn && !isSignedIn
  return [mustSignIn, isSetAside(view), view.hasVoted, ...formatChoices(view.choices)].join()
}

function isSetAside({ notice }: PollView): boolean {
  return notice?.kind === 'set_aside'
}

function isVoter(view: PollView, isSignedIn: boolean): boolean {
  const { status, votersSignedIn } = view.poll
  return status === 'open' && (isSignedIn || !votersSignedIn) && !isSetAside(view)
}

/** Whether the poll in a list has buttons to vote. */
export function isClickable(view: PollView, isSignedIn: boolean): boolean {
  return isVoter(view, isSignedIn) && isClickEnough(view.poll)
}

function hasChoices({ method }: Poll): boolean {
  return method === 'single_choice' || method === 'multiple_choice'
}

/**
 * Whether one click in a list can be a whole vote. A final vote is asked for twice, and a list has no place for the
 * receipt of an anonymous one. All options must be in view.
 */
function isClickEnough({ method, options, votesFinal, anonymous }: Poll): boolean {
  return method === 'single_choice' && !votesFinal && !anonymous && options.length <= optionsOnCard
}

/** The words of a card's link to its poll. */
function cardLink({ method, options, anonymous }: Poll, canVote: boolean): string | undefined {
  if (options.length > optionsOnCard) return `See all ${options.length} options${canVote ? ' to vote' : ''}`
  if (!canVote) return undefined
  return anonymous ? 'Vote anonymously' : voteLinks[method]
}

const voteLinks: Record<PollMethod, string> = {
  single_choice: 'Open the poll to vote',
  multiple_choice: 'Choose options',
  score: 'Give points',
  ranked: 'Rank the options',
  dates: 'Give your availability',
}

/** The view with results, where the viewer may see them after voting. */
function asSeen(view: PollView): PollView {
  const poll = seenBy(view.poll, view.choices)
  return poll === view.poll ? view : { ...view, poll }
}

/** Rendered HTML by key. Many that ask for the same HTML at once wait for one rendering. A failed one is not kept. */
class HtmlCache {
  readonly #rendered: LRUCache<string, string>
  /** Holds at most what the current requests and live frames wait for. */
  readonly #underWay = new Map<string, Promise<string>>()

  /** @param maxLength of all HTML together, in characters */
  constructor(maxLength: number) {
    this.#rendered = new LRUCache({ maxSize: maxLength, sizeCalculation: (html) => html.length + 1 })
  }

  async get(key: string, render: () => Promise<string>): Promise<string> {
    return this.#rendered.get(key) ?? this.#underWay.get(key) ?? this.#render(key, render)
  }

  #render(key: string, render: () => Promise<string>): Promise<string> {
    const rendering = render()
      .then((html) => {
        this.#rendered.set(key, html)
        return html
      })
      .finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, rendering)
    return rendering
  }
}
