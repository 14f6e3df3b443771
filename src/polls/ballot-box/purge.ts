import type { PrismaClient } from '../../database/generated/client.ts'

const dayInMs = 86_400_000
/** How long the page of a deleted poll still says that it was deleted. */
const daysGone = 30

/** Deletes stored answers after a day, and polls 30 days after their deletion. */
export async function purge(prisma: PrismaClient, now: Date): Promise<void> {
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayInMs)
  await prisma.idempotencyKey.deleteMany({ where: { createdAt: { lte: daysAgo(1) } } })
  await prisma.poll.deleteMany({ where: { deletedAt: { lte: daysAgo(daysGone) } } })
}
