import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { type PersonName, personFrom } from '../../people/model/person-name.ts'
import { actorId, actorName, hasSignedIn, joinActor } from '../../people/sql.ts'

/** A comment that was a message of a chat, by the revision of its event, and through which connection it came. */
export type CommentFrom = { pollId: string; revision: number; author: PersonName; connectionId: string }

type Row = Omit<CommentFrom, 'author'> & { authorId: string; authorName: string; isSignedIn: boolean }

export async function commentFrom(
  prisma: PrismaClient,
  chat: string,
  message: string,
): Promise<CommentFrom | undefined> {
  const [row] = await prisma.$queryRaw<Row[]>`
    SELECT c.poll_id AS "pollId", c.revision, ${actorId} AS "authorId", ${actorName} AS "authorName",
      ${hasSignedIn(actorId)} AS "isSignedIn",
      (SELECT e.facts -> 'from' ->> 'connectionId' FROM events e
        WHERE e.poll_id = c.poll_id AND e.revision = c.revision) AS "connectionId"
    FROM comment_origins o JOIN comments c ON c.poll_id = o.poll_id AND c.revision = o.revision
      ${joinActor(Prisma.sql`c.author_id`)}
    WHERE o.message = ${message} AND o.chat = ${chat}`
  if (!row) return undefined
  const { authorId, authorName, isSignedIn, ...comment } = row
  return { ...comment, author: personFrom({ id: authorId, name: authorName, isSignedIn }) }
}
