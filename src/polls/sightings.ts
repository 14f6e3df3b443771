import DataLoader from 'dataloader'
import { Prisma, type PrismaClient } from '../database/generated/client.ts'
import type { Choices } from './types.ts'

/** What has to be asked at every look at a poll: whether it has moved on, and the ballot of whoever looks. */
export type Sighting = { pollId: string; revision: number; renamedAt: Date | null; choices: Choices }

/** A poll as `sightingColumns` selects it: once for many people, with the ballots that they have in it. */
export type SightingRow = Omit<Sighting, 'choices'> & { ballots: Record<string, Choices> | null }

/** Of polls p; `people` is an array of their ids. */
export const sightingColumns = (people: Prisma.Sql) => Prisma.sql`
  p.id AS "pollId", p.revision, (SELECT max(renamed_at) FROM people) AS "renamedAt", (
    SELECT jsonb_object_agg(b.person_id, b.choices) FROM ballots b
    WHERE b.poll_id = p.id AND b.person_id = ANY(${people})
  ) AS ballots`

export function sightingBy(personId: string, { pollId, revision, renamedAt, ballots }: SightingRow): Sighting {
  return { pollId, revision, renamedAt, choices: ballots?.[personId] ?? [] }
}

type Look = { pollId: string; personId: string }

/** Looks that happen together are answered by one statement. */
export class Sightings {
  readonly #prisma: PrismaClient
  readonly #looks: DataLoader<Look, Sighting | undefined>

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma
    this.#looks = new DataLoader((looks) => this.#load(looks), {
      cache: false,
      maxBatchSize: 500,
      batchScheduleFn: (load) => setImmediate(load),
    })
  }

  /** Undefined when there is no such poll. */
  of(pollId: string, personId: string): Promise<Sighting | undefined> {
    return this.#looks.load({ pollId, personId })
  }

  async #load(looks: readonly Look[]): Promise<(Sighting | undefined)[]> {
    const byPoll = Map.groupBy(looks, ({ pollId }) => pollId)
    const asked = [...byPoll].map(([poll, same]) => ({ poll, people: same.map(({ personId }) => personId) }))
    const rows = await this.#prisma.$queryRaw<SightingRow[]>`
      SELECT ${sightingColumns(Prisma.sql`a.people`)}
      FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(poll text, people text[])
        JOIN polls p ON p.id = a.poll`
    const seen = new Map(rows.map((row) => [row.pollId, row]))
    return looks.map(({ pollId, personId }) => {
      const row = seen.get(pollId)
      return row && sightingBy(personId, row)
    })
  }
}
