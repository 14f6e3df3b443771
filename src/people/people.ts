import { z } from 'zod'
import { Prisma, type PrismaClient } from '../database/generated/client.ts'
import { line } from '../polls/inputs/text.ts'
import { mayBeInLogs } from '../polls/queries/polls-involving.ts'
import { newId } from './model/ids.ts'
import type { PersonName } from './model/person-name.ts'

export const personName = line('Your name', { min: 1, max: 60 })
export const newGuest = z.strictObject({ name: personName })

export class People {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date

  constructor(prisma: PrismaClient, clock: () => Date) {
    this.#prisma = prisma
    this.#clock = clock
  }

  /** Creates a guest: a person with only a display name. */
  async createGuest(name: string): Promise<PersonName> {
    const guest = { id: newId(), name }
    await this.#prisma.person.create({ data: { ...guest, createdAt: this.#clock() } })
    return guest
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
