import { z } from 'zod'
import type { PrismaClient } from '../database/generated/client.ts'
import { line } from '../inputs.ts'
import { newPersonId } from './ids.ts'
import type { PersonName } from './types.ts'

export const personName = line('Your name', { min: 1, max: 60 })
export const newGuest = z.strictObject({ name: personName })

/** A guest: somebody known by nothing but the display name they gave. */
export async function createGuest(prisma: PrismaClient, name: string, now: Date): Promise<PersonName> {
  const person = await prisma.person.create({ data: { id: newPersonId(), name, createdAt: now } })
  return { id: person.id, name: person.name }
}

/** Their polls, votes and comments bear the new name from now on. */
export async function rename(prisma: PrismaClient, personId: string, name: string, now: Date): Promise<void> {
  await prisma.person.update({ where: { id: personId }, data: { name, renamedAt: now } })
}
