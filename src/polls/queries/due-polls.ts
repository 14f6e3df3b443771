import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import { joinPerson } from '../../people/sql.ts'

/** A poll whose closing time has passed, and its creator. */
export type DuePoll = { pollId: string; createdBy: PersonName }

/** Open polls whose closing time has passed, oldest first; at most `most`. */
export async function duePolls(prisma: PrismaClient, now: Date, most: number): Promise<DuePoll[]> {
  const rows = await prisma.$queryRaw<({ pollId: string } & PersonName)[]>`
    SELECT p.id AS "pollId", c.id, c.name FROM polls p ${joinPerson('c', Prisma.sql`p.created_by_id`)}
    WHERE p.closes_at IS NOT NULL AND p.closed_at IS NULL AND p.closes_at <= ${now} AND p.deleted_at IS NULL
    ORDER BY p.closes_at LIMIT ${most}`
  return rows.map(({ pollId, ...createdBy }) => ({ pollId, createdBy }))
}
