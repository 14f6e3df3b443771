import type DataLoader from 'dataloader'
import type { Sql } from '../../database/direct-sql.ts'
import { Prisma } from '../../database/generated/client.ts'
import { loadTogether } from '../../database/load-together.ts'
import { lastRenaming } from '../../people/sql.ts'
import { parseChoices } from '../model/choices/choice-text.ts'
import type { Ballot, BallotNotice, Choices } from '../model/poll.ts'

/**
 * What every request for a poll reads: its revision, and the viewer's ballot: `choices` if it counts, `setAside` if it
 * does not. `notice` is what the creator did to it.
 */
export type ViewerSnapshot = {
  pollId: string
  revision: number
  renamedAt: Date | null
  choices: Choices
  setAside: Choices
  /** Whether the viewer has a ballot that counts. In an anonymous poll, nothing else is known of it here. */
  hasVoted: boolean
  notice?: BallotNotice
}

type OwnBallot = Omit<Ballot, 'choices' | 'revision'> & { choices: readonly string[] }

/** A poll as `viewerSnapshotColumns` selects it: once for many people, with the ballots that they have in it. */
export type ViewerSnapshotRow = Omit<ViewerSnapshot, 'choices' | 'setAside' | 'hasVoted' | 'notice'> & {
  ballots: Record<string, OwnBallot> | null
}

/** Of polls p; `people` is an array of their ids. */
export const viewerSnapshotColumns = (people: Prisma.Sql) => Prisma.sql`
  p.id AS "pollId", p.revision, ${lastRenaming} AS "renamedAt", (
    SELECT jsonb_object_agg(b.person_id, jsonb_strip_nulls(jsonb_build_object('choices', b.choices,
      'counted', b.counted, 'setAsideReason', b.set_aside_reason, 'removedOption', b.removed_option)))
    FROM ballots b WHERE b.poll_id = p.id AND b.person_id = ANY(${people})
  ) AS ballots`

export function viewerSnapshotOf(personId: string, { ballots, ...poll }: ViewerSnapshotRow): ViewerSnapshot {
  const { pollId, revision, renamedAt } = poll
  const ballot = ballots?.[personId]
  const hasVoted = ballot?.counted ?? false
  const own = parseChoices(ballot?.choices ?? [])
  const [choices, setAside] = hasVoted ? [own, []] : [[], own]
  return { pollId, revision, renamedAt, choices, setAside, hasVoted, ...noticeOf(ballot) }
}

function noticeOf(ballot: OwnBallot | undefined): { notice?: BallotNotice } {
  if (ballot?.setAsideReason) return { notice: { kind: 'set_aside', reason: ballot.setAsideReason } }
  if (!ballot?.removedOption) return {}
  return { notice: { kind: 'option_removed', title: ballot.removedOption, hasVote: ballot.choices.length > 0 } }
}

/** A room of a chat in which a poll is mirrored. */
export type MirroredIn = {
  chat: string
  room: string
  roomUrl: string | null
  isPaused: boolean
  /** Paused because of a response of the chat, not by a person. */
  hasEnded: boolean
  isFailing: boolean
  /** The number of the poll's undelivered events. */
  waiting: number
  /** The number of the poll's rejected messages. */
  refused: number
}

/**
 * For polls p: a JSON array of `MirroredIn`, the oldest first, null for none; and whether any poll is mirrored.
 */
export type MirrorsSql = { rooms: Prisma.Sql; areAny: Prisma.Sql }

type SnapshotKey = { pollId: string; personId: string }

/** With the rooms in which the poll is mirrored. They change without an event. */
export type PollPageSnapshot = ViewerSnapshot & { mirrors: readonly MirroredIn[] }
type PageSnapshotRow = ViewerSnapshotRow & { mirrors: MirroredIn[] | null; areAnyMirrored: boolean }

const notMirrored: MirrorsSql = { rooms: Prisma.sql`NULL`, areAny: Prisma.sql`false` }

/** Simultaneous reads share one statement. */
export class ViewerSnapshots {
  readonly #sql: Sql
  readonly #mirrors: MirrorsSql
  readonly #looks: DataLoader<SnapshotKey, PollPageSnapshot | undefined>
  /** Mirrors are read only once any exist: planning that query takes longer than running it. */
  #areAnyMirrored = false

  constructor(sql: Sql, mirrors: MirrorsSql = notMirrored) {
    this.#sql = sql
    this.#mirrors = mirrors
    this.#looks = loadTogether((looks) => this.#load(looks))
  }

  /** Undefined when there is no such poll. */
  of(pollId: string, personId: string): Promise<PollPageSnapshot | undefined> {
    return this.#looks.load({ pollId, personId })
  }

  async #load(looks: readonly SnapshotKey[]): Promise<(PollPageSnapshot | undefined)[]> {
    const byPoll = Map.groupBy(looks, ({ pollId }) => pollId)
    const asked = [...byPoll].map(([poll, same]) => ({ poll, people: same.map(({ personId }) => personId) }))
    const seen = new Map((await this.#read(JSON.stringify(asked))).map((row) => [row.pollId, row]))
    return looks.map(({ pollId, personId }) => {
      const row = seen.get(pollId)
      return row && { ...viewerSnapshotOf(personId, row), mirrors: row.mirrors ?? [] }
    })
  }

  async #read(asked: string): Promise<PageSnapshotRow[]> {
    const [mirrors, areAny] = this.#areAnyMirrored
      ? [this.#mirrors.rooms, Prisma.sql`true`]
      : [Prisma.sql`NULL`, this.#mirrors.areAny]
    const rows = await this.#sql.$queryRaw<PageSnapshotRow[]>`
      SELECT ${viewerSnapshotColumns(Prisma.sql`a.people`)}, ${mirrors} AS mirrors,
        ${areAny} AS "areAnyMirrored"
      FROM jsonb_to_recordset(${asked}::jsonb) AS a(poll text, people text[])
        JOIN polls p ON p.id = a.poll`
    if (this.#areAnyMirrored || !rows[0]?.areAnyMirrored) return rows
    this.#areAnyMirrored = true
    return this.#read(asked)
  }
}
