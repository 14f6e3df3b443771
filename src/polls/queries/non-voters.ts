import type DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { loadTogether } from '../../database/load-together.ts'
import { type PersonName, personFrom } from '../../people/model/person-name.ts'
import { hasSignedIn, joinPerson } from '../../people/sql.ts'
import type { NonVoters, Poll } from '../model/poll.ts'

/** An open poll whose reminder is due, and its creator. */
export type PollToRemind = {
  poll: Pick<Poll, 'id' | 'hasRoll' | 'anonymous' | 'totalVotes' | 'createdBy'>
  createdBy: PersonName
}

type DueRow = { pollId: string; hasRoll: boolean; anonymous: boolean; totalVotes: number }

type Opening = { pollId: string; personId: string }

/** How many people who opened a poll are remembered, or a few more who opened it at the same time. */
const maxOpened = 500
const maxNamed = 30
const maxRemembered = 20_000

/** People who have not voted: those on the voter list or, without one, those who opened the poll signed in. */
export class NonVoterQueries {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  /** What this process has noted, so it asks the database once. */
  readonly #noted = new LRUCache<string, true>({ max: maxRemembered })
  readonly #openings: DataLoader<Opening, undefined>

  constructor(prisma: PrismaClient, clock: () => Date) {
    this.#prisma = prisma
    this.#clock = clock
    this.#openings = loadTogether((openings) => this.#note(openings))
  }

  /** Notes that a person who has signed in has opened the poll. */
  async noteOpened(pollId: string, personId: string): Promise<void> {
    const key = `${pollId} ${personId}`
    if (this.#noted.has(key)) return
    this.#noted.set(key, true)
    await this.#openings.load({ pollId, personId })
  }

  async #note(openings: readonly Opening[]): Promise<undefined[]> {
    const [polls, people] = [openings.map(({ pollId }) => pollId), openings.map(({ personId }) => personId)]
    await this.#prisma.$executeRaw`
      INSERT INTO openings (poll_id, person_id, at)
      SELECT o.poll_id, o.person_id, ${this.#clock()} FROM unnest(${polls}::text[], ${people}::text[]) AS o (poll_id, person_id)
      WHERE o.poll_id <> ALL (ARRAY(
        SELECT poll_id FROM openings WHERE poll_id = ANY(${polls}) GROUP BY poll_id HAVING count(*) >= ${maxOpened}))
      ON CONFLICT (poll_id, person_id) DO NOTHING`
    return openings.map(() => undefined)
  }

  async of({ id, hasRoll, anonymous, totalVotes, createdBy }: PollToRemind['poll']): Promise<NonVoters> {
    if (anonymous && hasRoll) return { people: Math.max(0, (await this.#listed(id)) - totalVotes), names: [] }
    const names = hasRoll ? await this.#onList(id) : await this.#opened(id, createdBy.id)
    return { people: names.length, names: anonymous ? [] : names.flatMap((name) => name ?? []).slice(0, maxNamed) }
  }

  /** Open polls whose reminder is due and was not sent, oldest first; at most `most`. */
  async due(now: Date, most: number): Promise<PollToRemind[]> {
    const rows = await this.#prisma.$queryRaw<(PersonName & DueRow)[]>`
      SELECT p.id AS "pollId", p.has_roll AS "hasRoll", p.anonymous, p.total_votes AS "totalVotes", c.id, c.name
      FROM polls p ${joinPerson('c', Prisma.sql`p.created_by_id`)}
      WHERE p.remind_hours IS NOT NULL AND p.status = 'open' AND p.deleted_at IS NULL
        AND p.closes_at > ${now} AND p.closes_at - p.remind_hours * interval '1 hour' <= ${now}
        AND (p.reminded_at IS NULL OR p.reminded_at < p.closes_at - p.remind_hours * interval '1 hour')
      ORDER BY p.closes_at LIMIT ${most}`
    return rows.map(({ pollId, hasRoll, anonymous, totalVotes, ...createdBy }) => {
      return { poll: { id: pollId, hasRoll, anonymous, totalVotes, createdBy }, createdBy }
    })
  }

  async #listed(pollId: string): Promise<number> {
    return this.#prisma.rollEntry.count({ where: { pollId } })
  }

  /** Entries that nobody has used; undefined instead of an e-mail address. */
  async #onList(pollId: string): Promise<(string | undefined)[]> {
    const where = { pollId, personId: null }
    const rows = await this.#prisma.rollEntry.findMany({ where, select: { name: true }, orderBy: { position: 'asc' } })
    return rows.map(({ name }) => withoutAddress(name))
  }

  async #opened(pollId: string, creatorId: string): Promise<string[]> {
    const rows = await this.#prisma.$queryRaw<(PersonName & { isSignedIn: boolean })[]>`
      SELECT v.id, v.name, ${hasSignedIn(Prisma.sql`v.id`)} AS "isSignedIn"
      FROM openings o ${joinPerson('v', Prisma.sql`o.person_id`)}
      WHERE o.poll_id = ${pollId} AND o.person_id <> ${creatorId}
        AND NOT EXISTS (SELECT FROM ballots b WHERE b.poll_id = o.poll_id AND b.person_id = o.person_id)
      ORDER BY o.at, o.person_id`
    return rows.map((row) => personFrom(row).name)
  }
}

/** "Ann Lee" of `Ann Lee <ann@example.org>`; undefined for an address alone. */
function withoutAddress(entry: string): string | undefined {
  const name = entry.replace(/<[^>]*>\s*$/, '').trim()
  return name === '' || name.includes('@') ? undefined : name
}
