import { z } from 'zod'
import type { PrismaClient } from '../database/generated/client.ts'
import { line } from '../inputs.ts'
import { newId } from './ids.ts'
import { renamedNow } from './renaming.ts'
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
    const select = { id: true, name: true }
    const found = { ...select, mergedInto: { select } }
    const { mergedInto, ...person } = await this.#prisma.person.findUniqueOrThrow({ where: { id }, select: found })
    return mergedInto ?? person
  }

  /** Their polls, votes and comments bear the new name from now on. */
  async rename(personId: string, name: string): Promise<void> {
    await this.#prisma.$executeRaw`
      UPDATE people SET name = ${name}, renamed_at = ${renamedNow(this.#clock())} WHERE id = ${personId}`
  }
}
