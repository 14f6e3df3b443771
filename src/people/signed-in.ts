import { Prisma } from '../database/generated/client.ts'

/** Whether the person of this id has signed in with a chat, and is no guest. */
export const hasSignedIn = (personId: Prisma.Sql) =>
  Prisma.sql`EXISTS (SELECT FROM chat_accounts k WHERE k.person_id = ${personId})`

/** Whether the person in a query's `people p` has signed in with a chat, and is no guest. */
export const isSignedIn = hasSignedIn(Prisma.sql`p.id`)
