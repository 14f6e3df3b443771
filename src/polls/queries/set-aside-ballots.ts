import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import { hasSignedIn, joinPerson } from '../../people/sql.ts'

/** A ballot that was set aside, and its voter. */
export type SetAsideBallot = { pollId: string } & PersonName

/** The set-aside ballots of guests in open polls whose voters have signed in by now: those of one person, or all. */
export function countableBallots(prisma: PrismaClient, personId: string | undefined): Promise<SetAsideBallot[]> {
  return prisma.$queryRaw<SetAsideBallot[]>`
    SELECT b.poll_id AS "pollId", v.id, v.name
    FROM ballots b JOIN polls p ON p.id = b.poll_id ${joinPerson('v', Prisma.sql`b.person_id`)}
    WHERE NOT b.counted AND b.set_aside_reason IS NULL AND b.choices <> '{}' AND p.status = 'open' AND (${personId ?? null}::text IS NULL OR b.person_id = ${personId ?? null})
      AND ${hasSignedIn(Prisma.sql`b.person_id`)}`
}
