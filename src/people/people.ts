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

  /** A guest: somebody known by nothing but the display name they gave. */
  async createGuest(name: string): Promise<PersonName> {
    const guest = { id: newId(), name }
    await this.#prisma.person.create({ data: { ...guest, createdAt: this.#clock() } })
    return guest
  }

  /** Their polls, votes and comments bear the new name from now on. */
  async rename(personId: string, name: string): Promise<void> {
    await this.#prisma.$executeRaw`
      UPDATE people SET name = ${name}, renamed_at = ${renamedNow(this.#clock())} WHERE id = ${personId}`
  }
}
