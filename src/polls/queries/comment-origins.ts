import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { type PersonName, personFrom } from '../../people/model/person-name.ts'
import { actorId, actorName, hasSignedIn, joinActor } from '../../people/sql.ts'

/** A comment that was a message of a chat, by the revision of its event. */
export type CommentFrom = { pollId: string; revision: number; author: PersonName }

type Row = { pollId: string; revision: number; authorId: string; authorName: string; isSignedIn: boolean }

export async function commentFrom(
  prisma: PrismaClient,
  chat: string,
  message: string,
): Promise<CommentFrom | undefined> {
  const [row] = await prisma.$queryRaw<Row[]>`
    SELECT c.poll_id AS "pollId", c.revision, ${actorId} AS "authorId", ${actorName} AS "authorName",
      ${hasSignedIn(actorId)} AS "isSignedIn"
    FROM comment_origins o JOIN comments c ON c.poll_id = o.poll_id AND c.revision = o.revision
      ${joinActor(Prisma.sql`c.author_id`)}
    WHERE o.message = ${message} AND o.chat = ${chat}`
  return (
    row && {
      pollId: row.pollId,
      revision: row.revision,
      author: personFrom({ id: row.authorId, name: row.authorName, isSignedIn: row.isSignedIn }),
    }
  )
}
