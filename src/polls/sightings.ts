import DataLoader from 'dataloader'
import type { PrismaClient } from '../database/generated/client.ts'
import type { Choices } from './types.ts'

/** What has to be asked at every look at a poll: whether it has moved on, and the ballot of whoever looks. */
export type Sighting = { pollId: string; revision: number; renamedAt: Date | null; choices: Choices }

type Look = { pollIds: readonly string[]; personId: string }
type SightingRow = {
  place: number
  pollId: string
  revision: number
  renamedAt: Date | null
  ballots: Record<string, Choices> | null
}

/** Looks that happen together are answered by one statement. */
export class Sightings {
  readonly #prisma: PrismaClient
  readonly #looks: DataLoader<Look, Sighting[]>

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma
    this.#looks = new DataLoader((looks) => this.#load(looks), {
      cache: false,
      maxBatchSize: 500,
      batchScheduleFn: (load) => setImmediate(load),
    })
  }

  /** In the order of the ids; polls that do not exist are left out. */
  of(pollIds: readonly string[], personId: string): Promise<Sighting[]> {
    return this.#looks.load({ pollIds, personId })
  }

  /** Many people look at the same polls: what they see alike is read, and comes back, once for all of them. */
  async #load(looks: readonly Look[]): Promise<Sighting[][]> {
    const alike = [...Map.groupBy(looks, ({ pollIds }) => pollIds.join()).values()]
    const asked = alike.map((same, place) => ({
      place,
      polls: same[0]?.pollIds,
      people: same.map(({ personId }) => personId),
    }))
    const rows = await this.#prisma.$queryRaw<SightingRow[]>`
      SELECT a.place, p.id AS "pollId", p.revision, (SELECT max(renamed_at) FROM people) AS "renamedAt", (
        SELECT jsonb_object_agg(b.person_id, b.choices) FROM ballots b
        WHERE b.poll_id = p.id AND b.person_id = ANY(a.people)
      ) AS ballots
      FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(place int, polls text[], people text[])
        JOIN polls p ON p.id = ANY(a.polls)`
    const seen = new Map(rows.map((row) => [`${row.place} ${row.pollId}`, row]))
    const places = new Map(alike.flatMap((same, place) => same.map((look) => [look, place] as const)))
    return looks.map((look) => look.pollIds.flatMap((id) => sighting(seen.get(`${places.get(look)} ${id}`), look)))
  }
}

function sighting(row: SightingRow | undefined, { personId }: Look): Sighting[] {
  if (!row) return []
  const { pollId, revision, renamedAt, ballots } = row
  return [{ pollId, revision, renamedAt, choices: ballots?.[personId] ?? [] }]
}
