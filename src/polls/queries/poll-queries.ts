import type DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import type { Sql } from '../../database/direct-sql.ts'
import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { loadTogether } from '../../database/load-together.ts'
import { Refusal } from '../../errors.ts'
import { type PersonName, personFrom } from '../../people/model/person-name.ts'
import { actorId, actorName, chatOf, hasSignedIn, joinActor, leftJoinVoter } from '../../people/sql.ts'
import type { Committed } from '../ballot-box/batch.ts'
import { namesOption } from '../ballot-box/load-ballots.ts'
import { type PollRow, pollColumns, pollFromRow, pollTables } from '../ballot-box/poll-columns.ts'
import { type ListedVoter, voterListFor } from '../ballot-box/voter-list-store.ts'
import { type FactsAsText, parseFacts } from '../model/choices/event-text.ts'
import type { CommentRoom, EventFacts, PollEvent } from '../model/events.ts'
import { isPollId } from '../model/ids.ts'
import type { BallotNotice, Choices, Poll } from '../model/poll.ts'
import { type CommentFrom, commentFrom } from './comment-origins.ts'
import { categoriesInUse, Listings, type OpenPolls, openPolls, type PollFilter } from './listings.ts'
import { type MirroredIn, type MirrorsSql, type ViewerSnapshot, ViewerSnapshots } from './viewer-snapshot.ts'
import {
  type ManagedVote,
  managedVote,
  newestVotes,
  type Vote,
  type VotesPage,
  votesPage,
  votesSetAside,
  votesToShow,
} from './votes.ts'

export type { PollFilter }

/**
 * A poll as one person sees it. `choices` are on their ballot; `setAside` on a ballot that does not count. `notice` is what
 * the creator did to it. In an
 * anonymous poll only `hasVoted` is known (see `AnonymousBallotQueries`). `version` changes with anything that all
 * viewers see.
 */
export type PollView = {
  poll: Poll
  choices: Choices
  setAside: Choices
  hasVoted: boolean
  notice?: BallotNotice
  version: string
}

/** A poll as one person sees it, with the rooms of chats in which it is mirrored; `version` says nothing of these. */
export type PollPageView = PollView & { mirrors: readonly MirroredIn[] }

/** `editedAt` is when its author last changed it; null if never. */
/** `from` is the room of a chat in which it was written; null for a comment that was written here. */
export type Comment = {
  revision: number
  author: PersonName
  at: Date
  body: string
  editedAt: Date | null
  from: CommentRoom | null
}

export type PollPage = { polls: PollView[]; next: string | null }

type EventRow = {
  revision: number
  type: string
  actorId: string
  actorName: string
  isSignedIn: boolean
  chat: string | null
  at: Date
  facts: object
  body: string | null
  voterId: string | null
  voterName: string | null
  isVoterSignedIn: boolean
  voterChat: string | null
}

type CommentRow = {
  revision: number
  authorId: string
  authorName: string
  isSignedIn: boolean
  chat: string | null
  at: Date
  body: string
  editedAt: Date | null
  from: CommentRoom | null
}

type EventsAfter = { pollId: string; after: number; limit: number }

/** Rows of events `e`, with what `eventFromRow` needs. */
const selectEvents = Prisma.sql`
  SELECT e.revision, e.type, e.actor_id AS "actorId", ${actorName} AS "actorName",
    ${hasSignedIn(actorId)} AS "isSignedIn", ${chatOf(actorId)} AS chat, e.at, e.facts, c.body,
    v.id AS "voterId", v.name AS "voterName", ${hasSignedIn(Prisma.sql`v.id`)} AS "isVoterSignedIn",
    ${chatOf(Prisma.sql`v.id`)} AS "voterChat"
  FROM events e ${joinActor(Prisma.sql`e.actor_id`)}
    ${leftJoinVoter(Prisma.sql`e.facts ->> 'voterId'`)}
    LEFT JOIN comments c ON c.poll_id = e.poll_id
      AND c.revision = CASE WHEN e.type = 'comment_edited' THEN (e.facts ->> 'comment')::int ELSE e.revision END`

type EditedFacts = Extract<EventFacts, { type: 'edited' }>

const maxCachedPolls = 2_000

/** All reads of polls. A poll is loaded once per version; a request only asks whether the version has changed. */
export class PollQueries {
  readonly #prisma: PrismaClient
  readonly #snapshots: ViewerSnapshots
  readonly #listings: Listings
  readonly #loaded: DataLoader<string, Poll | undefined>
  readonly #following: DataLoader<EventsAfter, PollEvent[]>
  readonly #cache = new LRUCache<string, { version: string; poll: Poll }>({ max: maxCachedPolls })

  /**
   * @param mirrors how to read in which rooms of chats a poll is mirrored; without it, in none
   * @param sql runs the read of every poll page without Prisma's mapping of rows
   */
  constructor(prisma: PrismaClient, mirrors?: MirrorsSql, sql: Sql = prisma) {
    this.#prisma = prisma
    this.#snapshots = new ViewerSnapshots(sql, mirrors)
    this.#listings = new Listings(prisma)
    this.#loaded = loadTogether((ids) => this.#load(ids))
    this.#following = loadTogether((asked) => this.#readFollowing(asked))
  }

  /**
   * The poll as this person sees it.
   *
   * @throws {Refusal} `not_found`, or `gone` when it was deleted
   */
  async view(pollId: string, personId = ''): Promise<PollPageView> {
    // An impossible id, such as one with a NUL, must not fail the statement that it shares with other requests.
    const seen = isPollId(pollId) ? await this.#snapshots.of(pollId, personId) : undefined
    if (!seen) throw new Refusal('not_found', 'There is no such poll.')
    const view = await this.#viewOf(seen)
    if (view.poll.deletedAt)
      throw new Refusal('gone', 'This poll was deleted by its creator.', { revision: view.poll.revision })
    return { ...view, mirrors: seen.mirrors }
  }

  /**
   * A page of polls: open ones first, then those with the newest activity. `cursor` is the `next` of the page before.
   */
  async list(filter: PollFilter, page: { cursor?: string; limit: number }, personId = ''): Promise<PollPage> {
    const { seen, next } = await this.#listings.page(filter, page, personId)
    return { polls: await Promise.all(seen.map((snapshot) => this.#viewOf(snapshot))), next }
  }

  /** How many polls are open, in all and by category. */
  openPolls(): Promise<OpenPolls> {
    return openPolls(this.#prisma)
  }

  /** Categories to suggest, the most used first; at most 20. */
  categories(): Promise<string[]> {
    return categoriesInUse(this.#prisma)
  }

  /**
   * Events of a poll: ascending after a revision, or descending before one. The actor of a guest's event has the guest's
   * id, which ballots refer to, and the name of the person that the guest was merged into.
   */
  async events(
    pollId: string,
    { after = 0, before, limit }: { after?: number; before?: number; limit: number },
  ): Promise<PollEvent[]> {
    if (before === undefined) return this.#following.load({ pollId, after, limit })
    const rows = await this.#prisma.$queryRaw<EventRow[]>`
      ${selectEvents} WHERE e.poll_id = ${pollId} AND e.revision < ${before} ORDER BY e.revision DESC LIMIT ${limit}`
    return rows.map(eventFromRow)
  }

  async #readFollowing(asked: readonly EventsAfter[]): Promise<PollEvent[][]> {
    const rows = await this.#prisma.$queryRaw<(EventRow & { place: bigint })[]>`
      SELECT asked.place, e.* FROM unnest(
          ${asked.map(({ pollId }) => pollId)}::text[], ${asked.map(({ after }) => after)}::int[],
          ${asked.map(({ limit }) => limit)}::int[]) WITH ORDINALITY AS asked (poll_id, after, most, place)
        CROSS JOIN LATERAL (${selectEvents} WHERE e.poll_id = asked.poll_id AND e.revision > asked.after
          ORDER BY e.revision LIMIT asked.most) AS e
      ORDER BY asked.place, e.revision`
    const found = Map.groupBy(rows, ({ place }) => Number(place))
    return asked.map((_, index) => (found.get(index + 1) ?? []).map(eventFromRow))
  }

  /** The edits of a poll after a revision, oldest first. */
  async edits(pollId: string, after: number): Promise<EditedFacts[]> {
    const rows = await this.#prisma.$queryRaw<{ facts: object }[]>`
      SELECT facts FROM events WHERE poll_id = ${pollId} AND revision > ${after} AND type = 'edited' ORDER BY revision`
    return rows.map(({ facts }) => factsFrom('edited', facts) as EditedFacts)
  }

  /**
   * The events of a poll after a revision, even of a deleted poll; the newest `most` of them. Undefined without any.
   */
  async since(pollId: string, revision: number, most: number): Promise<Committed | undefined> {
    const poll = await this.#loaded.load(pollId)
    if (!poll || poll.revision <= revision) return undefined
    const limit = Math.min(most, poll.revision - revision)
    const newestFirst = await this.events(pollId, { before: poll.revision + 1, limit })
    return { poll, events: newestFirst.toReversed(), previous: poll.revision - limit }
  }

  /**
   * How many dates a poll came to at most, of all the times it was closed: more than one when they were tied. Earlier
   * versions stored a tie of all dates, with no votes, when nobody could: that is none.
   */
  async maxDatesBefore(pollId: string): Promise<number> {
    const [row] = await this.#prisma.$queryRaw<{ most: number | null }[]>`
      SELECT max(jsonb_array_length(facts -> 'outcome' -> 'options'))::int AS most FROM events
      WHERE poll_id = ${pollId} AND type = 'closed' AND (facts -> 'outcome' ->> 'votes')::int > 0`
    return row?.most ?? 0
  }

  /** The votes that were cast last, in the order in which they were cast: see `newestVotes`. */
  async newestVotes(poll: Poll, limit: number): Promise<Vote[]> {
    return (await newestVotes(this.#prisma, poll, limit)).toReversed()
  }

  /** Who voted for what: see `votesToShow`. */
  votes(poll: Poll): ReturnType<typeof votesToShow> {
    return votesToShow(this.#prisma, poll)
  }

  /** All votes, page by page: see `votesPage`. */
  votesPage(pollId: string, page: { from: string; limit: number }): Promise<VotesPage> {
    return votesPage(this.#prisma, pollId, page)
  }

  /** The vote of this person, for the poll's creator: see `managedVote`. */
  managedVote(pollId: string, personId: string): Promise<ManagedVote | undefined> {
    return managedVote(this.#prisma, pollId, personId)
  }

  /** The votes that the creator set aside. */
  votesSetAside(pollId: string): Promise<ManagedVote[]> {
    return votesSetAside(this.#prisma, pollId)
  }

  /** Whether anybody has voted, also if no vote counts now: see `areBallots` of the rules. */
  async hasBallots({ id, totalVotes }: Pick<Poll, 'id' | 'totalVotes'>): Promise<boolean> {
    if (totalVotes > 0) return true
    const ballot = await this.#prisma.ballot.findFirst({ where: { pollId: id }, select: { personId: true } })
    return ballot !== null
  }

  /** How many ballots name this option. */
  async ballotsNaming(pollId: string, optionId: string): Promise<number> {
    const [row] = await this.#prisma.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM ballots b
      WHERE b.poll_id = ${pollId} AND ${namesOption(Prisma.sql`${optionId}`)}`
    return row?.count ?? 0
  }

  /** The voter list, for the creator; see `voterListFor`. */
  voterList(poll: Poll, asker: { id: string } | undefined): Promise<ListedVoter[]> {
    return voterListFor(this.#prisma, poll, asker)
  }

  /** The current revisions of these polls, by id. */
  async revisions(ids: string[]): Promise<Map<string, number>> {
    const rows = await this.#prisma.$queryRaw<{ id: string; revision: number }[]>`
      SELECT id, revision FROM polls WHERE id = ANY(${ids})`
    return new Map(rows.map(({ id, revision }) => [id, revision]))
  }

  /** Comments of a poll, newest first, before a revision. */
  async comments(pollId: string, { before, limit }: { before?: number; limit: number }): Promise<Comment[]> {
    const range = before === undefined ? Prisma.sql`true` : Prisma.sql`c.revision < ${before}`
    return this.#comments(pollId, range, limit)
  }

  /** The comment that this event added; undefined if there is none, or if it was deleted. */
  async comment(pollId: string, revision: number): Promise<Comment | undefined> {
    const [comment] = await this.#comments(pollId, Prisma.sql`c.revision = ${revision}`, 1)
    return comment
  }

  /** The comment that this message of a chat became; undefined if there is none, or not any more. */
  async commentFrom(chat: string, message: string): Promise<CommentFrom | undefined> {
    return commentFrom(this.#prisma, chat, message)
  }

  async #comments(pollId: string, range: Prisma.Sql, limit: number): Promise<Comment[]> {
    const rows = await this.#prisma.$queryRaw<CommentRow[]>`
      SELECT c.revision, ${actorId} AS "authorId", ${actorName} AS "authorName",
        ${hasSignedIn(actorId)} AS "isSignedIn", ${chatOf(actorId)} AS chat, c.at, c.body, c.edited_at AS "editedAt",
        (SELECT e.facts -> 'from' FROM events e WHERE e.poll_id = c.poll_id AND e.revision = c.revision) AS "from"
      FROM comments c ${joinActor(Prisma.sql`c.author_id`)}
      WHERE c.poll_id = ${pollId} AND ${range}
      ORDER BY c.revision DESC LIMIT ${limit}`
    return rows.map(({ authorId, authorName, isSignedIn, chat, ...comment }) => {
      return { ...comment, author: personFrom({ id: authorId, name: authorName, isSignedIn, chat }) }
    })
  }

  async #viewOf({ pollId, revision, renamedAt, ...own }: ViewerSnapshot): Promise<PollView> {
    const version = `${revision}.${(renamedAt?.getTime() ?? 0).toString(36)}`
    const cached = this.#cache.get(pollId)
    if (cached?.version === version) return { ...cached, ...ballotIn(own) }
    const poll = await this.#loaded.load(pollId)
    if (!poll) throw new Refusal('not_found', 'There is no such poll.')
    // The poll may be newer than the version that was read before it. Then the next request finds another version and
    // loads the poll again.
    this.#cache.set(pollId, { version, poll })
    return { poll, version, ...ballotIn(own) }
  }

  async #load(ids: readonly string[]): Promise<(Poll | undefined)[]> {
    const rows = await this.#prisma.$queryRaw<PollRow[]>`
      SELECT ${pollColumns}
      FROM ${pollTables}
      WHERE p.id = ANY(${ids})`
    const polls = new Map(rows.map((row) => [row.id, pollFromRow(row)]))
    return ids.map((id) => polls.get(id))
  }
}

function ballotIn({ choices, setAside, hasVoted, notice }: Omit<ViewerSnapshot, 'pollId' | 'revision' | 'renamedAt'>) {
  return { choices, setAside, hasVoted, ...(notice && { notice }) }
}

function eventFromRow(row: EventRow): PollEvent {
  const { revision, type, actorId, actorName, isSignedIn, chat, at, facts, body } = row
  const completed = type === 'commented' || type === 'comment_edited' ? { ...facts, body } : withVoter(facts, row)
  const actor = personFrom({ id: actorId, name: actorName, isSignedIn, chat })
  return { revision, actor, at, facts: asNow(factsFrom(type, completed)) }
}

function factsFrom(type: string, facts: object): EventFacts {
  return parseFacts({ type, ...facts } as FactsAsText)
}

/** The log holds a voter's id. The name is the current one. */
function withVoter(facts: object & { voterId?: string }, row: EventRow): object {
  const { voterId, voterName, isVoterSignedIn, voterChat } = row
  if (facts.voterId === undefined) return facts
  const { voterId: id, ...others } = facts
  const voter = { id: voterId ?? id, name: voterName ?? '', isSignedIn: isVoterSignedIn, chat: voterChat }
  return { ...others, voter: personFrom(voter) }
}

/** Old logs have no `no_support`: they have a tie of all options with 0 votes. */
function asNow(facts: EventFacts): EventFacts {
  if (facts.type !== 'closed' || facts.outcome.kind !== 'tie' || facts.outcome.votes > 0) return facts
  return { ...facts, outcome: { kind: 'no_support', options: [], votes: 0 } }
}
