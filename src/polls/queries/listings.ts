import type DataLoader from 'dataloader'
import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { loadTogether } from '../../database/load-together.ts'
import { Refusal } from '../../errors.ts'
import { categoryKey } from '../model/keys.ts'
import type { PollStatus } from '../model/poll.ts'
import { contains } from './search.ts'
import {
  type ViewerSnapshot,
  type ViewerSnapshotRow,
  viewerSnapshotColumns,
  viewerSnapshotOf,
} from './viewer-snapshot.ts'

/**
 * Which polls: of a status, with the words of `q` in title or description (see `contains`), of a category however it
 * is written, of a creator, with a ballot of a person. Without `archived`, archived ones are left out.
 */
export type PollFilter = {
  status?: PollStatus
  q?: string
  category?: string
  createdById?: string
  votedById?: string
  archived?: boolean | 'only'
}

/** Where a page ends. */
type Cursor = { status: PollStatus; at: Date; id: string }
type ListingPage = { filter: PollFilter; after: Cursor | undefined; limit: number }
type Reading = ListingPage & { personId: string }
type ListingRow = ViewerSnapshotRow & Omit<Cursor, 'id'>

/** Pages of polls: open ones first, then those with the newest activity. */
export class Listings {
  readonly #prisma: PrismaClient
  readonly #readings: DataLoader<Reading, ListingRow[]>

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma
    this.#readings = loadTogether((readings) => this.#readAll(readings))
  }

  /**
   * The polls of a page as this person sees them, and the cursor of the next one.
   *
   * @throws {Refusal} `invalid_input` for a cursor that was not given out
   */
  async page(
    filter: PollFilter,
    { cursor, limit }: { cursor?: string; limit: number },
    personId: string,
  ): Promise<{ seen: ViewerSnapshot[]; next: string | null }> {
    const after = cursor ? decodeCursor(cursor) : undefined
    const rows = await this.#readings.load({ filter, after, limit: limit + 1, personId })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return {
      seen: shown.map((row) => viewerSnapshotOf(personId, row)),
      next: rows.length > limit && last ? encodeCursor(last) : null,
    }
  }

  /** Reads equal pages that are requested at the same time once. Each page fails alone. */
  async #readAll(readings: readonly Reading[]): Promise<(ListingRow[] | Error)[]> {
    const alike = Map.groupBy(readings, ({ filter, after, limit }) => JSON.stringify([filter, after, limit]))
    const rows = new Map<Reading, ListingRow[] | Error>()
    const readSame = async (same: readonly Reading[]) => {
      const read = await this.#read(same).catch((error: Error) => error)
      for (const reading of same) rows.set(reading, read)
    }
    await Promise.all([...alike.values()].map(readSame))
    return readings.map((reading) => rows.get(reading) ?? [])
  }

  /**
   * A search for a frequent word, or a frequent category, fills its page with the first polls of the list. A rare one has
   * few matches among all polls. The statements ask in this order, so either takes as long with a million polls as with a
   * thousand, and does not depend on PostgreSQL's statistics.
   */
  async #read(same: readonly Reading[]): Promise<ListingRow[]> {
    const [{ filter, after, limit }] = same as [Reading]
    const people = same.map(({ personId }) => personId)
    if (filter.votedById) return this.#votedIn(filter.votedById, { filter, after, limit }, people)
    const wanted = ofTexts(filter)
    const all = conditions(filter, after)
    if (wanted.length === 0) return this.#rows(Prisma.sql`polls p WHERE ${all}`, limit, people)
    const matches = Prisma.join(wanted, ' AND ')
    if (!filter.createdById) {
      const first = Prisma.sql`(SELECT * FROM polls p WHERE ${all} ORDER BY ${order} LIMIT ${pollsConsidered}) AS p`
      const rows = await this.#rows(Prisma.sql`${first}, ${textOfPoll} WHERE ${matches}`, limit, people)
      if (rows.length === limit) return rows
    }
    const found = Prisma.sql`WITH found AS MATERIALIZED (SELECT t.poll_id FROM poll_texts t WHERE ${matches})`
    return this.#rows(Prisma.sql`found, ${pollOfText} WHERE ${all}`, limit, people, found)
  }

  /**
   * There is no index of ballots by person, as it would slow down every vote. So each poll's ballots are asked for the
   * person, in the order of the list and in chunks: in the embedded database, others get their turn between them.
   */
  async #votedIn(personId: string, { filter, after, limit }: ListingPage, people: readonly string[]) {
    const voted = Prisma.sql`EXISTS (SELECT FROM ballots b WHERE b.poll_id = p.id AND b.person_id = ${personId}
      AND (b.counted OR b.choices <> '{}'))`
    const texts = ofTexts(filter)
    const withText = texts.length > 0 ? Prisma.sql`, ${textOfPoll}` : Prisma.empty
    const matches = Prisma.join([conditions(filter, undefined), voted, ...texts], ' AND ')
    const rows: ListingRow[] = []
    let from = after
    for (let chunk = 0; chunk < maxChunks; chunk += 1) {
      const start = from ? Prisma.sql`WHERE ${isAfter(from)}` : Prisma.empty
      const polls = Prisma.sql`polls p ${start} ORDER BY ${order} LIMIT ${pollsOfChunk}`
      const ofChunk = Prisma.sql`(SELECT p.* FROM ${polls}) AS p ${withText} WHERE ${matches}`
      rows.push(...(await this.#rows(ofChunk, limit - rows.length, people)))
      if (rows.length === limit) break
      const [last] = await this.#prisma.$queryRaw<Cursor[]>`
        SELECT p.status::text AS status, p.last_activity_at AS at, p.id FROM ${polls} OFFSET ${pollsOfChunk - 1}`
      if (!last) break
      from = last
    }
    return rows
  }

  #rows(polls: Prisma.Sql, limit: number, people: readonly string[], before = Prisma.empty): Promise<ListingRow[]> {
    return this.#prisma.$queryRaw<ListingRow[]>`
      ${before}
      SELECT p.status::text AS status, p.last_activity_at AS at, ${viewerSnapshotColumns(Prisma.sql`${people}::text[]`)}
      FROM (SELECT p.* FROM ${polls} ORDER BY ${order} LIMIT ${limit}) AS p
      ORDER BY ${order}`
  }
}

const order = Prisma.sql`p.status DESC, p.last_activity_at DESC, p.id DESC`

/** One lookup for each poll, or text. OFFSET 0 keeps PostgreSQL from reading the whole table instead. */
const textOfPoll = Prisma.sql`LATERAL (SELECT * FROM poll_texts WHERE poll_id = p.id OFFSET 0) AS t`
const pollOfText = Prisma.sql`LATERAL (SELECT * FROM polls WHERE id = found.poll_id OFFSET 0) AS p`

/** Polls in which a person's ballot is looked for by one statement, and by all statements of a page. */
const pollsOfChunk = 1_000
const maxChunks = 20

function ofTexts({ q, category }: PollFilter): Prisma.Sql[] {
  const wanted = q ? contains(q) : []
  return category ? [...wanted, Prisma.sql`t.category_key = ${categoryKey(category)}`] : wanted
}

function conditions({ status, createdById, votedById, archived }: PollFilter, after: Cursor | undefined): Prisma.Sql {
  const all = createdById || votedById || archived ? [Prisma.sql`p.deleted_at IS NULL`] : [Prisma.sql`p.listed`]
  if (archived && !createdById && !votedById) all.push(Prisma.sql`NOT p.unlisted`)
  if (archived === 'only') all.push(Prisma.sql`p.archived_at IS NOT NULL`)
  else if (!archived && (createdById || votedById)) all.push(Prisma.sql`p.archived_at IS NULL`)
  if (status) all.push(Prisma.sql`p.status = ${status}::poll_status`)
  if (createdById) all.push(Prisma.sql`p.created_by_id = ${createdById}`)
  if (after) all.push(isAfter(after))
  return Prisma.join(all, ' AND ')
}

function isAfter({ status, at, id }: Cursor): Prisma.Sql {
  return Prisma.sql`(p.status, p.last_activity_at, p.id) < (${status}::poll_status, ${at}::timestamptz, ${id})`
}

function encodeCursor({ status, at, pollId }: ListingRow): string {
  return Buffer.from(JSON.stringify([status, at.getTime(), pollId])).toString('base64url')
}

function decodeCursor(text: string): Cursor {
  const [, status, at, id] =
    /^\["(open|closed)",(\d{1,13}),"([a-z0-9]{1,40})"\]$/.exec(Buffer.from(text, 'base64url').toString()) ?? []
  if (!status || !at || !id) {
    const message = 'This is not the cursor of a page. Leave it out to begin at the first.'
    throw new Refusal('invalid_input', message, { problems: [{ path: 'cursor', message }] })
  }
  return { status: status as PollStatus, at: new Date(Number(at)), id }
}

/** A limit, so the statement takes as long with many polls as with few. */
const pollsConsidered = 1_000
const maxSuggested = 20

/** The categories of the first polls in the list, the most used first, each in its most frequent spelling. */
export type OpenPolls = { total: number; byCategory: ReadonlyMap<string, number> }

/** How many polls are open and listed, in all and by the key of their category: a new connection can get these. */
export async function openPolls(prisma: PrismaClient): Promise<OpenPolls> {
  const rows = await prisma.$queryRaw<{ key: string | null; polls: number }[]>`
    SELECT t.category_key AS key, count(*)::int AS polls FROM polls p JOIN poll_texts t ON t.poll_id = p.id
    WHERE p.listed AND p.status = 'open' GROUP BY t.category_key`
  const total = rows.reduce((sum, { polls }) => sum + polls, 0)
  return { total, byCategory: new Map(rows.flatMap(({ key, polls }) => (key === null ? [] : [[key, polls]]))) }
}

export async function categoriesInUse(prisma: PrismaClient): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ category: string }[]>`
    SELECT mode() WITHIN GROUP (ORDER BY t.category) AS category
    FROM (
      SELECT p.id FROM polls p WHERE p.listed
      ORDER BY ${order} LIMIT ${pollsConsidered}
    ) AS p, ${textOfPoll}
    WHERE t.category_key IS NOT NULL
    GROUP BY t.category_key ORDER BY count(*) DESC, t.category_key LIMIT ${maxSuggested}`
  return rows.map(({ category }) => category)
}
