import { z } from 'zod'
import type { Sql } from '../database/direct-sql.ts'
import { Prisma, type PrismaClient } from '../database/generated/client.ts'
import { line } from '../polls/inputs/text.ts'
import { mayBeInLogs } from '../polls/queries/polls-involving.ts'
import { Guests } from './guests.ts'
import { newId, newToken, tokenHash } from './model/ids.ts'
import type { PersonName } from './model/person-name.ts'

export const personName = line('Your name', { min: 1, max: 60 })
export const newGuest = z.strictObject({ name: personName })

export class People {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #guests: Guests

  constructor(prisma: PrismaClient, clock: () => Date, sql: Sql = prisma) {
    this.#prisma = prisma
    this.#clock = clock
    this.#guests = new Guests(sql, clock)
  }

  /** Creates a guest: a person with only a display name. */
  async createGuest(name: string): Promise<PersonName> {
    const guest = { id: newId(), name }
    await this.#guests.create(guest)
    return guest
  }

  /** Creates a guest with a token for the API. @param tokenName what the guest later sees it called */
  async createGuestWithToken(name: string, tokenName: string): Promise<{ person: PersonName; token: string }> {
    const [person, token] = [{ id: newId(), name }, newToken()]
    await this.#guests.create({ ...person, token: { id: newId(), name: tokenName, hash: tokenHash(token) } })
    return { person, token }
  }

  /** Renames the person, also in their polls, votes and comments. */
  async rename(personId: string, name: string): Promise<void> {
    await this.#prisma.$executeRaw`
      UPDATE people SET name = ${name}, renamed_at = ${renamedNow(this.#clock())} WHERE id = ${personId}`
  }
}

/**
 * The time at which a name, or the person behind it, changed. All such times differ, so the latest one shows whether any
 * name has changed (see `PollQueries`).
 */
export const renamedNow = (now: Date) =>
  Prisma.sql`GREATEST(${now}, (SELECT max(renamed_at) FROM people) + interval '1 millisecond')`

/** Makes the cached pages of all polls stale, if one may show `named`, who is `personId` or becomes that person. */
export async function makePagesStale(
  tx: Prisma.TransactionClient,
  { personId, named, now }: { personId: string; named: string; now: Date },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE people SET renamed_at = ${renamedNow(now)}
    WHERE id = ${personId} AND ${mayBeInLogs(named)}`
}
