import { Prisma } from '../database/generated/client.ts'

// SQL over the tables of people, for the statements of other modules.

/** Whether the person of this id has signed in with a chat, and is no guest. */
export const hasSignedIn = (personId: Prisma.Sql) =>
  Prisma.sql`EXISTS (SELECT FROM chat_accounts k WHERE k.person_id = ${personId})`

/**
 * The chat in which the person of this id acts, without having signed in; null for others. Who has unlinked an account can
 * still act in a browser, as a guest.
 */
export const chatOf = (personId: Prisma.Sql) => Prisma.sql`(
  SELECT min(u.chat) FROM unlinked_accounts u WHERE u.person_id = ${personId}
    AND NOT EXISTS (SELECT FROM sessions s WHERE s.person_id = u.person_id))`

/** Whether the person in a query's `people p` has signed in with a chat, and is no guest. */
export const isSignedIn = hasSignedIn(Prisma.sql`p.id`)

/** Whether the person of this id, or the person that this guest was merged into, has signed in with a chat. */
export const hasSignedInSince = (personId: Prisma.Sql) => Prisma.sql`EXISTS (
  SELECT FROM people p JOIN chat_accounts k ON k.person_id IN (p.id, p.merged_into_id) WHERE p.id = ${personId})`

/** Joins the person of this id. */
export function joinPerson(alias: 'c' | 'p' | 'v', personId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`JOIN people ${Prisma.raw(alias)} ON ${Prisma.raw(alias)}.id = ${personId}`
}

/** Joins the person who acted under this id, for `actorId` and `actorName`: a guest who was merged is the other person. */
export const joinActor = (personId: Prisma.Sql) =>
  Prisma.sql`JOIN people a ON a.id = ${personId} LEFT JOIN people m ON m.id = a.merged_into_id`
/** The person who acts under this id: of a guest who was merged, the other person. */
export const mergedPerson = (personId: Prisma.Sql) => Prisma.sql`(
  SELECT coalesce(g.merged_into_id, g.id) FROM people g WHERE g.id = ${personId})`

export const actorId = Prisma.sql`coalesce(m.id, a.id)`
export const actorName = Prisma.sql`coalesce(m.name, a.name)`

/** Joins, as v, the person who has voted under this id, if any: a guest who was merged is the other person. */
export const leftJoinVoter = (personId: Prisma.Sql) => Prisma.sql`
  LEFT JOIN people g ON g.id = ${personId} LEFT JOIN people v ON v.id = coalesce(g.merged_into_id, g.id)`

/** A JSON array of the people with these ids, each with the e-mail addresses of their accounts; null for nobody. */
export const peopleWithEmails = (personIds: Prisma.Sql) => Prisma.sql`(
  SELECT jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'emails', ARRAY(
    SELECT k.email FROM chat_accounts k WHERE k.person_id = p.id AND k.email IS NOT NULL
  )))
  FROM people p WHERE p.id IN (${personIds})
)`

/** When the name of anybody last changed, or whether they are a guest. */
export const lastRenaming = Prisma.sql`(SELECT max(renamed_at) FROM people)`
