import type { PrismaClient } from '../database/generated/client.ts'

/** How many polls are looked at, so that it costs the same however many there are. */
const pollsConsidered = 1_000
const mostSuggested = 20

/**
 * The categories that are in use: of the polls that head the list, the most used first, each as it is written most
 * often.
 */
export async function categoriesInUse(prisma: PrismaClient): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ category: string }[]>`
    SELECT mode() WITHIN GROUP (ORDER BY t.category) AS category
    FROM (
      SELECT p.id FROM polls p WHERE p.deleted_at IS NULL AND p.archived_at IS NULL
      ORDER BY p.status DESC, p.last_activity_at DESC, p.id DESC LIMIT ${pollsConsidered}
    ) AS p JOIN poll_texts t ON t.poll_id = p.id
    WHERE t.category_key IS NOT NULL
    GROUP BY t.category_key ORDER BY count(*) DESC, t.category_key LIMIT ${mostSuggested}`
  return rows.map(({ category }) => category)
}
