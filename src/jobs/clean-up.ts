import type { PrismaClient } from '../database/generated/client.ts'

const dayInMs = 86_400_000
/** How long the page of a deleted poll still says that it was deleted. */
const daysGone = 30

/**
 * Removes what nobody can use any more: expired sessions, tokens, and sign-ins that nobody ended, answers kept for a
 * day, polls deleted a month ago.
 */
export async function cleanUp(prisma: PrismaClient, now: Date): Promise<void> {
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayInMs)
  await prisma.session.deleteMany({ where: { expiresAt: { lte: now } } })
  await prisma.pairing.deleteMany({ where: { expiresAt: { lte: now } } })
  await prisma.spentToken.deleteMany({ where: { expiresAt: { lte: now } } })
  await prisma.idempotencyKey.deleteMany({ where: { createdAt: { lte: daysAgo(1) } } })
  await prisma.poll.deleteMany({ where: { deletedAt: { lte: daysAgo(daysGone) } } })
}
