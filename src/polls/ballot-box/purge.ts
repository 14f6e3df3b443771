import type { PrismaClient } from '../../database/generated/client.ts'

const dayInMs = 86_400_000
/** How long the page of a deleted poll still says that it was deleted. */
const daysGone = 30

/** Deletions of one statement: each takes all ballots and events of a poll with it. */
const maxDeleted = 20

/** Deletes polls that were closed this many days ago or earlier, with everything in them. @returns how many */
export async function deleteClosedPolls(prisma: PrismaClient, now: Date, days: number): Promise<number> {
  const closedBefore = new Date(now.getTime() - days * dayInMs)
  let deleted = 0
  for (let count = maxDeleted; count === maxDeleted; deleted += count) {
    count = await prisma.$executeRaw`
      DELETE FROM polls WHERE id IN (
        SELECT id FROM polls WHERE status = 'closed' AND closed_at <= ${closedBefore} LIMIT ${maxDeleted}
      )`
  }
  return deleted
}

/** Deletes stored answers after a day, and polls 30 days after their deletion. */
export async function purge(prisma: PrismaClient, now: Date): Promise<void> {
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayInMs)
  await prisma.idempotencyKey.deleteMany({ where: { createdAt: { lte: daysAgo(1) } } })
  await prisma.poll.deleteMany({ where: { deletedAt: { lte: daysAgo(daysGone) } } })
}
