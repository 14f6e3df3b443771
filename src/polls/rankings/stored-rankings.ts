import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Sql } from '../../database/direct-sql.ts'
import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { Refusal } from '../../errors.ts'
import type { RankingPart } from '../counting/ranked/ranked-ballots.ts'
import type { FactsAsText } from '../model/choices/event-text.ts'
import type { EventType, GuestBallot } from '../model/events.ts'
import type { Poll } from '../model/poll.ts'
import { RankingBuffer } from './ranking-buffer.ts'

/** Runs a query that reads the first rows in the order of an index. */
export type Reader = <Row>(query: Prisma.Sql) => Promise<Row[]>
type RankingPoll = Pick<Poll, 'id' | 'anonymous' | 'options'>

/** Ranked options, ballots and events per statement. A statement of the embedded database blocks the event loop: for 5 to 10 ms. */
const maxRead = { options: 50_000, ballots: 2_000, events: 1_000 }
/** Beyond so many changes, reading all ballots again is faster, and takes less memory. */
const maxChanges = 20_000
type Limits = { ballots: number; changes: number }
const maxAttempts = 3

/** Without statistics of a new poll, PostgreSQL would read and sort all its ballots for each part of them. */
const inOrderOfIndex = Prisma.sql`
  SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`

/** Each query is a transaction: others get their turn in between. */
export function readerOf(prisma: PrismaClient): Reader {
  return async <Row>(query: Prisma.Sql) => {
    const [, rows] = await prisma.$transaction([prisma.$queryRaw(inOrderOfIndex), prisma.$queryRaw<Row[]>(query)])
    return rows
  }
}

/** Reads what the transaction sees. */
export function readerWithin(tx: Sql): Reader {
  return async <Row>(query: Prisma.Sql) => {
    await tx.$queryRaw(inOrderOfIndex)
    return tx.$queryRaw<Row[]>(query)
  }
}

type EventRow = { revision: number; type: EventType; facts: object; part: number }
/** Ballots that were read by one statement, at this revision. `last` is the last person of the part. */
type Part = { revision: number; last: string }

/**
 * The counted ballots of a ranking at one revision. A large poll is read in many small statements, outside a transaction,
 * so votes are cast meanwhile, and each part of the ballots is read at another revision. The log then says what has
 * changed since. It also says what changes later: a poll is read once, and then only its new events.
 */
export class StoredRankings {
  readonly #poll: RankingPoll
  readonly #limits: Limits
  readonly #buffer = new RankingBuffer()
  #revision = 0
  #version = 0
  #loaded = 0

  private constructor(poll: RankingPoll, limits: Partial<Limits>) {
    this.#poll = poll
    const ballots = Math.min(maxRead.ballots, Math.ceil(maxRead.options / poll.options.length))
    this.#limits = { ballots, changes: maxChanges, ...limits }
  }

  /** @param limits ballots of a part, and changes until a new reading is cheaper; tests set them */
  static async load(reader: Reader, poll: RankingPoll, limits: Partial<Limits> = {}): Promise<StoredRankings> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const stored = new StoredRankings(poll, limits)
      if (await stored.#load(reader)) return stored
    }
    throw new Refusal('unavailable', 'Votes change too fast to count them. Try again in a few seconds.')
  }

  get revision(): number {
    return this.#revision
  }

  /** The revision that changed the ballots last, as far as it is known: at the same version, they are the same. */
  get version(): number {
    return this.#version
  }

  /** How many options all ballots name. */
  get length(): number {
    return this.#buffer.length
  }

  /** The ballots at this revision, also when it catches up later. */
  part(optionIds: readonly string[]): RankingPart {
    return this.#buffer.part(optionIds)
  }

  /** Applies the new events. Returns false if the ballots have to be loaded again. */
  async catchUp(reader: Reader): Promise<boolean> {
    const [row] = await reader<{ revision: number }>(Prisma.sql`SELECT revision FROM polls WHERE id = ${this.#poll.id}`)
    if (!row) throw new Refusal('not_found', 'There is no such poll.')
    const { revision } = row
    const changes = this.#buffer.size - this.#loaded + revision - this.#revision
    if (changes > this.#limits.changes) return false
    return this.#apply(reader, [{ revision: this.#revision, last: '' }], revision)
  }

  async #load(reader: Reader): Promise<boolean> {
    const parts: Part[] = []
    for (let after = ''; ; ) {
      const { revision, ballots, last, rankings } = await this.#read(reader, after)
      if (rankings) this.#buffer.addText(rankings)
      parts.push({ revision, last: last ?? '' })
      if (ballots < this.#limits.ballots) break
      after = last ?? ''
      await nextTurn()
    }
    const { revision } = parts.at(-1) as Part
    this.#loaded = this.#buffer.size
    this.#version = revision
    return this.#apply(reader, parts, revision)
  }

  async #read(reader: Reader, after: string) {
    const { id, anonymous } = this.#poll
    const source = anonymous
      ? Prisma.sql`SELECT receipt_hash AS key, choices FROM published_ballots
          WHERE poll_id = p.id AND receipt_hash > ${after} ORDER BY receipt_hash LIMIT ${this.#limits.ballots}`
      : Prisma.sql`SELECT person_id AS key, choices FROM ballots
          WHERE poll_id = p.id AND person_id > ${after} AND counted AND choices <> '{}' ORDER BY person_id LIMIT ${this.#limits.ballots}`
    type Row = { revision: number; ballots: number; last: string | null; rankings: string | null }
    const [row] = await reader<Row>(Prisma.sql`
      SELECT p.revision, b.* FROM polls p CROSS JOIN LATERAL (
        SELECT count(*)::int AS ballots, max(key) AS last,
          string_agg(array_to_string(choices, ' '), ',') AS rankings FROM (${source}) AS some_ballots
      ) AS b WHERE p.id = ${id}`)
    if (!row) throw new Refusal('not_found', 'There is no such poll.')
    return row
  }

  /** Applies to each part the events that came after it was read. Returns false where that takes a new load. */
  async #apply(reader: Reader, parts: readonly Part[], to: number): Promise<boolean> {
    const revisions = parts.map(({ revision }) => revision)
    // The published ballots of an anonymous poll never change.
    let from = this.#poll.anonymous ? to : Math.min(...revisions)
    while (from < to) {
      const rows = await this.#events(reader, parts, from, to)
      for (const { revision, type, facts, part } of rows) {
        const changes = changesOf({ type, ...facts } as FactsAsText)
        // The parts that hold other people's ballots are not known.
        if (changes.length > 0 && parts.length > 1 && ballotsChangedBy[type] === 'others') return false
        if (revision <= (parts[part] as Part).revision) continue
        for (const { from, to } of changes) {
          this.#buffer.add(from, -1)
          this.#buffer.add(to, 1)
          this.#version = Math.max(this.#version, revision)
        }
      }
      from = rows.length < maxRead.events ? to : (rows.at(-1) as EventRow).revision
      // Whatever fails later, these events are applied only once.
      if (parts.length === 1) this.#revision = from
      await nextTurn()
    }
    this.#revision = to
    return true
  }

  /** `part` is the number of the part that holds the ballot of the event's actor. The database knows its order. */
  #events(reader: Reader, parts: readonly Part[], from: number, to: number): Promise<EventRow[]> {
    const lasts = parts.slice(0, -1).map(({ last }) => last)
    return reader<EventRow>(Prisma.sql`
      SELECT e.revision, e.type, e.facts,
        (SELECT count(*)::int FROM unnest(${lasts}::text[]) AS l(last) WHERE l.last < e.actor_id) AS part
      FROM events e
      WHERE e.poll_id = ${this.#poll.id} AND e.revision > ${from} AND e.revision <= ${to} AND e.type = ANY(${eventTypes})
      ORDER BY e.revision LIMIT ${maxRead.events}`)
  }
}

/** How events of each type change counted ballots: not at all, that of the actor, or those of other people. */
const ballotsChangedBy: Record<EventType, 'none' | 'own' | 'others'> = {
  created: 'none',
  voted: 'own',
  vote_changed: 'own',
  vote_withdrawn: 'own',
  vote_counted: 'own',
  secret_vote_cast: 'none',
  secret_vote_withdrawn: 'none',
  option_added: 'none',
  option_proposed: 'none',
  proposal_approved: 'none',
  proposal_dismissed: 'none',
  option_renamed: 'none',
  option_removed: 'others',
  vote_set_aside: 'others',
  vote_restored: 'others',
  commented: 'none',
  comment_edited: 'none',
  comment_deleted: 'none',
  edited: 'others',
  voter_list_changed: 'others',
  closed: 'none',
  settled: 'none',
  reminded: 'none',
  reopened: 'none',
  archived: 'none',
  unarchived: 'none',
  deleted: 'none',
  guest_merged: 'others',
}
const eventTypes = Object.entries(ballotsChangedBy).flatMap(([type, changed]) => (changed === 'none' ? [] : type))

/** Option ids as the log has them: thousands of rankings become bytes without an object for each option. */
type Ranking = readonly string[]
type BallotChange = { from: Ranking; to: Ranking }
const noBallot: Ranking = []

function changesOf(facts: FactsAsText): BallotChange[] {
  switch (facts.type) {
    case 'voted':
    case 'vote_counted':
      return [{ from: noBallot, to: facts.choices }]
    case 'vote_changed':
      return [{ from: facts.from, to: facts.to }]
    case 'vote_withdrawn':
      return [{ from: facts.from, to: noBallot }]
    case 'option_removed':
      return (facts.changed ?? []).map(({ choices }) => ({
        from: choices,
        to: choices.filter((id) => id !== facts.option.id),
      }))
    case 'vote_set_aside':
      return [{ from: facts.choices, to: noBallot }]
    case 'vote_restored':
      return [{ from: noBallot, to: facts.choices }]
    case 'edited':
      return [...setAside(facts.uncounted), ...countedAgain(facts.recounted)]
    case 'voter_list_changed':
      return setAside(facts.uncounted)
    case 'guest_merged':
      return [
        { from: facts.setAside ? noBallot : facts.guestChoices, to: noBallot },
        { from: facts.from, to: facts.to },
      ]
    default:
      return []
  }
}

function setAside(ballots: readonly GuestBallot<Ranking>[] = []): BallotChange[] {
  return ballots.map(({ choices }) => ({ from: choices, to: noBallot }))
}

function countedAgain(ballots: readonly GuestBallot<Ranking>[] = []): BallotChange[] {
  return ballots.map(({ choices }) => ({ from: noBallot, to: choices }))
}
