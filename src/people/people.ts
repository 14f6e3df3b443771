import { z } from 'zod'
import type { PrismaClient } from '../database/generated/client.ts'
import { line } from '../inputs.ts'
import { newId } from './ids.ts'
import type { PersonName } from './types.ts'

export const personName = line('Your name', { min: 1, max: 60 })
export const newGuest = z.strictObject({ name: personName })

export class People {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date

  constructor(prisma: PrismaClient, clock: () => Date) {
    this.#prisma = prisma
    this.#clock = clock
  }

  /**
   * A guest: somebody known by nothing but the display name they gave.
   *
   * @param id when it was chosen beforehand: asking twice for the same id makes one person, under the first name
   */
  async createGuest(name: string, id = newId()): Promise<PersonName> {
    const guest = { id, name, createdAt: this.#clock() }
    await this.#prisma.person.createMany({ data: [guest], skipDuplicates: true })
    return this.#prisma.person.findUniqueOrThrow({ where: { id }, select: { id: true, name: true } })
  }

  /**
   * Their polls, votes and comments bear the new name from now on. No two times of renaming are the same, so that the
   * latest tells whether any name has changed (see `PollQueries`).
   */
  async rename(personId: string, name: string): Promise<void> {
    await this.#prisma.$executeRaw`
      UPDATE people SET name = ${name}, renamed_at =
        GREATEST(${this.#clock()}, (SELECT max(renamed_at) FROM people) + interval '1 millisecond')
      WHERE id = ${personId}`
  }
}
