import DataLoader from 'dataloader'
import type { Sql } from '../database/direct-sql.ts'
import { Prisma } from '../database/generated/client.ts'

/** A new guest, with what identifies them later: the session of a browser, or a token of the API. Hashes are hex. */
export type NewGuest = {
  id: string
  name: string
  session?: { hash: string; expiresAt: Date }
  token?: { id: string; name: string; hash: string }
}

/** Guests in one statement. */
const maxBatch = 500

/**
 * Creates guests in batches, as the ballot box commits votes: those who arrive during a commit are created together by the
 * next one. When a poll's link is posted, forty people come at once.
 */
export class Guests {
  readonly #sql: Sql
  readonly #clock: () => Date
  readonly #batches: DataLoader<NewGuest, boolean>
  #committed: Promise<unknown> = Promise.resolve()

  constructor(sql: Sql, clock: () => Date) {
    this.#sql = sql
    this.#clock = clock
    this.#batches = new DataLoader((guests) => this.#commit(guests), {
      cache: false,
      maxBatchSize: maxBatch,
      batchScheduleFn: (commit) => void this.#committed.then(() => setImmediate(commit)),
    })
  }

  /** @returns false if there is a person with this id already, who stays as they are */
  create(guest: NewGuest): Promise<boolean> {
    return this.#batches.load(guest)
  }

  async #commit(guests: readonly NewGuest[]): Promise<boolean[]> {
    const byId = new Map(guests.toReversed().map((guest) => [guest.id, guest]))
    const inserted = this.#insert([...byId.values()])
    this.#committed = inserted.catch(() => {})
    const created = await inserted
    return guests.map((guest) => byId.get(guest.id) === guest && created.has(guest.id))
  }

  async #insert(guests: readonly NewGuest[]): Promise<Set<string>> {
    const now = this.#clock()
    const sessions = guests.some(({ session }) => session)
      ? Prisma.sql`, started AS (
          INSERT INTO sessions (token_hash, person_id, created_at, expires_at)
          SELECT decode(a.session->>'hash', 'hex'), a.id, ${now}, (a.session->>'expiresAt')::timestamptz
          FROM asked a JOIN created USING (id) WHERE a.session IS NOT NULL)`
      : Prisma.empty
    const tokens = guests.some(({ token }) => token)
      ? Prisma.sql`, issued AS (
          INSERT INTO api_tokens (id, person_id, name, token_hash, created_at)
          SELECT a.token->>'id', a.id, a.token->>'name', decode(a.token->>'hash', 'hex'), ${now}
          FROM asked a JOIN created USING (id) WHERE a.token IS NOT NULL)`
      : Prisma.empty
    const rows = await this.#sql.$queryRaw<{ id: string }[]>`
      WITH asked AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(guests)}::jsonb)
          AS a(id text, name text, session jsonb, token jsonb)
      ), created AS (
        INSERT INTO people (id, name, created_at) SELECT id, name, ${now} FROM asked ON CONFLICT DO NOTHING RETURNING id
      )${sessions}${tokens}
      SELECT id FROM created`
    return new Set(rows.map(({ id }) => id))
  }
}
