import DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import { Prisma, type PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import { isPollId } from './ids.ts'
import { type PollRow, pollColumns, pollFromRow } from './rows.ts'
import { type Sighting, Sightings } from './sightings.ts'
import type { Choices, EventFacts, Poll, PollEvent, PollStatus } from './types.ts'

/** A poll as one person sees it. `version` changes whenever anything that others see of it changes. */
export type PollView = { poll: Poll; choices: Choices; version: string }

export type Comment = { revision: number; author: { id: string; name: string }; at: Date; body: string }

/** Which polls: of a status, whose title or description contains `q`, of a creator. Archived ones only to their creator. */
export type PollFilter = { status?: PollStatus; q?: string; createdById?: string; archived?: boolean }
export type PollPage = { polls: PollView[]; next: string | null }

type Listing = { filter: PollFilter; after: Cursor | undefined; limit: number }
type EventRow = {
  revision: number
  type: string
  actorId: string
  actorName: string
  at: Date
  facts: object
  body: string | null
}

const mostCachedPolls = 2_000

/** All reads of polls. What costs is done once per revision: a page asks only whether that has changed. */
export class PollQueries {
  readonly #prisma: PrismaClient
  readonly #sightings: Sightings
  readonly #listed: DataLoader<Listing, Cursor[]>
  readonly #loaded: DataLoader<string, Poll | undefined>
  readonly #cache = new LRUCache<string, { version: string; poll: Poll }>({ max: mostCachedPolls })

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma
    const together = { cache: false, maxBatchSize: 500, batchScheduleFn: (load: () => void) => void setImmediate(load) }
    this.#sightings = new Sightings(prisma)
    this.#listed = new DataLoader((listings) => this.#listAll(listings), together)
    this.#loaded = new DataLoader((ids) => this.#load(ids), together)
  }

  /**
   * The poll as this person sees it.
   *
   * @throws {Refusal} `not_found`, or `gone` when it was deleted
   */
  async view(pollId: string, personId = ''): Promise<PollView> {
    // What could not be an id, such as one with a NUL in it, must not spoil the statement for others.
    const [seen] = isPollId(pollId) ? await this.#sightings.of([pollId], personId) : []
    if (!seen) throw new Refusal('not_found', 'There is no such poll.')
    const view = await this.#viewOf(seen)
    if (view.poll.deletedAt)
      throw new Refusal('gone', 'This poll was deleted by its creator.', { revision: view.poll.revision })
    return view
  }

  /** A page of polls: open ones first, then those with the newest activity. `cursor` is the `next` of the page before. */
  async list(filter: PollFilter, page: { cursor?: string; limit: number }, personId = ''): Promise<PollPage> {
    const after = page.cursor ? decodeCursor(page.cursor) : undefined
    const rows = await this.#listed.load({ filter, after, limit: page.limit + 1 })
    const shown = rows.slice(0, page.limit)
    const seen = await this.#sightings.of(
      shown.map(({ id }) => id),
      personId,
    )
    const polls = await Promise.all(seen.map((sighting) => this.#viewOf(sighting)))
    const last = shown.at(-1)
    return { polls, next: rows.length > page.limit && last ? encodeCursor(last) : null }
  }

  /** Events of a poll: ascending after a revision, or descending before one. */
  async events(
    pollId: string,
    { after, before, limit }: { after?: number; before?: number; limit: number },
  ): Promise<PollEvent[]> {
    const range = before === undefined ? Prisma.sql`e.revision > ${after ?? 0}` : Prisma.sql`e.revision < ${before}`
    const order = before === undefined ? Prisma.sql`ASC` : Prisma.sql`DESC`
    const rows = await this.#prisma.$queryRaw<EventRow[]>`
      SELECT e.revision, e.type, e.actor_id AS "actorId", a.name AS "actorName", e.at, e.facts, c.body
      FROM events e JOIN people a ON a.id = e.actor_id
        LEFT JOIN comments c ON c.poll_id = e.poll_id AND c.revision = e.revision
      WHERE e.poll_id = ${pollId} AND ${range}
      ORDER BY e.revision ${order} LIMIT ${limit}`
    return rows.map(eventFromRow)
  }

  /** Comments of a poll, newest first, before a revision. */
  async comments(pollId: string, { before, limit }: { before?: number; limit: number }): Promise<Comment[]> {
    const rows = await this.#prisma.comment.findMany({
      where: { pollId, revision: { lt: before } },
      orderBy: { revision: 'desc' },
      take: limit,
      include: { author: { select: { id: true, name: true } } },
    })
    return rows.map(({ revision, author, at, body }) => ({ revision, author, at, body }))
  }

  async #viewOf({ pollId, revision, renamedAt, choices }: Sighting): Promise<PollView> {
    const version = `${revision}.${(renamedAt?.getTime() ?? 0).toString(36)}`
    const cached = this.#cache.get(pollId)
    if (cached?.version === version) return { ...cached, choices }
    const poll = await this.#loaded.load(pollId)
    if (!poll) throw new Refusal('not_found', 'There is no such poll.')
    // It may have moved on since its revision was read; then this is the newer poll under the older version, and
    // the next look finds another version and loads it again.
    this.#cache.set(pollId, { version, poll })
    return { poll, version, choices }
  }

  /** Lists that are asked for together and are the same are read once; each fails for itself. */
  #listAll(listings: readonly Listing[]): Promise<(Cursor[] | Error)[]> {
    const lists = new Map<string, Promise<Cursor[] | Error>>()
    for (const listing of listings) {
      const key = JSON.stringify(listing)
      if (!lists.has(key))
        lists.set(
          key,
          this.#list(listing).catch((error: Error) => error),
        )
    }
    return Promise.all(listings.map((listing) => lists.get(JSON.stringify(listing)) ?? []))
  }

  async #list({ filter, after, limit }: Listing): Promise<Cursor[]> {
    return this.#prisma.$queryRaw<Cursor[]>`
      SELECT p.id, p.status::text AS status, p.last_activity_at AS at
      FROM polls p JOIN poll_texts t ON t.poll_id = p.id
      WHERE ${Prisma.join(conditions(filter, after), ' AND ')}
      ORDER BY p.status DESC, p.last_activity_at DESC, p.id DESC
      LIMIT ${limit}`
  }

  async #load(ids: readonly string[]): Promise<(Poll | undefined)[]> {
    const rows = await this.#prisma.$queryRaw<PollRow[]>`
      SELECT ${pollColumns}
      FROM polls p JOIN poll_texts t ON t.poll_id = p.id JOIN people c ON c.id = p.created_by_id
      WHERE p.id = ANY(${ids})`
    const polls = new Map(rows.map((row) => [row.id, pollFromRow(row)]))
    return ids.map((id) => polls.get(id))
  }
}

function conditions({ status, q, createdById, archived }: PollFilter, after: Cursor | undefined): Prisma.Sql[] {
  const all = [Prisma.sql`p.deleted_at IS NULL`]
  if (!archived) all.push(Prisma.sql`p.archived_at IS NULL`)
  if (status) all.push(Prisma.sql`p.status = ${status}::poll_status`)
  if (createdById) all.push(Prisma.sql`p.created_by_id = ${createdById}`)
  if (q) {
    const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`
    const inTitle = Prisma.sql`t.title ILIKE ${pattern}`
    // The index holds groups of three characters; without one to look up, every description would have to be read.
    const isIndexed = [...q].length >= 3
    all.push(isIndexed ? Prisma.sql`(${inTitle} OR t.description ILIKE ${pattern})` : inTitle)
  }
  if (after) {
    all.push(Prisma.sql`(p.status, p.last_activity_at, p.id) <
      (${after.status}::poll_status, ${after.at}::timestamptz, ${after.id})`)
  }
  return all
}

type Cursor = { status: PollStatus; at: Date; id: string }

function encodeCursor({ status, at, id }: Cursor): string {
  return Buffer.from(JSON.stringify([status, at.getTime(), id])).toString('base64url')
}

/** @throws {Refusal} `invalid_input` for anything that `list` did not give out */
function decodeCursor(text: string): Cursor {
  const [, status, at, id] =
    /^\["(open|closed)",(\d{1,13}),"([a-z0-9]{1,40})"\]$/.exec(Buffer.from(text, 'base64url').toString()) ?? []
  if (!status || !at || !id) {
    const message = 'This is not the cursor of a page. Leave it out to begin at the first.'
    throw new Refusal('invalid_input', message, { problems: [{ path: 'cursor', message }] })
  }
  return { status: status as PollStatus, at: new Date(Number(at)), id }
}

function eventFromRow({ revision, type, actorId, actorName, at, facts, body }: EventRow): PollEvent {
  const rest = body === null ? facts : { body }
  return { revision, actor: { id: actorId, name: actorName }, at, facts: { type, ...rest } as EventFacts }
}
