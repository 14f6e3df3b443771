import type { Sql } from '../../../database/direct-sql.ts'
import { Prisma } from '../../../database/generated/client.ts'
import { actorId, joinActor } from '../../../people/sql.ts'
import type { PollEvent } from '../../model/events.ts'
import type { StoredComment } from '../../model/poll.ts'
import type { Submission } from '../batch.ts'

/** By poll id, and then by revision. */
type CommentsByPoll = ReadonlyMap<string, Map<number, StoredComment>>
type CommentRow = StoredComment & { pollId: string; revision: number }

/** The comments that the commands edit or delete. A poll without such a command has no entry. */
export async function loadComments(tx: Sql, submissions: readonly Submission[]): Promise<CommentsByPoll> {
  const asked = submissions.flatMap(({ pollId: poll, command }) =>
    command.type === 'editComment' || command.type === 'deleteComment' ? { poll, revision: command.comment } : [],
  )
  const found = new Map(asked.map(({ poll }) => [poll, new Map<number, StoredComment>()]))
  if (asked.length === 0) return found
  const rows = await tx.$queryRaw<CommentRow[]>`
    SELECT c.poll_id AS "pollId", c.revision, ${actorId} AS "authorId", c.body
    FROM comments c ${joinActor(Prisma.sql`c.author_id`)}
    WHERE (c.poll_id, c.revision) IN (
      SELECT w.poll, w.revision FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS w(poll text, revision int)
    )`
  for (const { pollId, revision, authorId, body } of rows) found.get(pollId)?.set(revision, { authorId, body })
  return found
}

type Logged = { poll: { id: string }; events: readonly PollEvent[] }

/** The rows that a batch adds, changes and deletes: one for each comment, however often it changed. */
export function commentRows(polls: readonly Logged[]) {
  const all = polls.flatMap(({ poll, events }) => rowsOf(poll.id, events))
  return {
    made: all.flatMap(({ made }) => made),
    edited: all.flatMap(({ edited }) => edited),
    deleted: all.flatMap(({ deleted }) => deleted),
    origins: polls.flatMap(({ poll, events }) => originsOf(poll.id, events)),
  }
}

/** They outlive a deleted comment, so its message does not become a comment again. */
function originsOf(poll_id: string, events: readonly PollEvent[]) {
  return events.flatMap(({ revision, facts }) => {
    if (facts.type !== 'commented' || !facts.from) return []
    const { chat, message } = facts.from
    return { poll_id, chat, message, revision }
  })
}

function rowsOf(poll_id: string, events: readonly PollEvent[]) {
  const made = new Map<number, object>()
  const edited = new Map<number, object>()
  const deleted = new Map<number, object>()
  for (const { revision, actor, at, facts } of events) {
    if (facts.type === 'commented')
      made.set(revision, { poll_id, revision, author_id: actor.id, at, body: facts.body, edited_at: null })
    if (facts.type === 'comment_edited') {
      const change = { body: facts.body, edited_at: at }
      const isNew = made.get(facts.comment)
      if (isNew) Object.assign(isNew, change)
      else edited.set(facts.comment, { poll_id, revision: facts.comment, ...change })
    }
    if (facts.type === 'comment_deleted') {
      edited.delete(facts.comment)
      if (!made.delete(facts.comment)) deleted.set(facts.comment, { poll_id, revision: facts.comment })
    }
  }
  return { made: [...made.values()], edited: [...edited.values()], deleted: [...deleted.values()] }
}

// Parts of the one statement that writes a batch.

export const makeComments = (rows: string): Prisma.Sql => Prisma.sql`made_comments AS (
  INSERT INTO comments (poll_id, revision, author_id, at, body, edited_at)
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
    AS r(poll_id text, revision int, author_id text, at timestamptz, body text, edited_at timestamptz)
)`

/** The primary key refuses a message that is a comment already. */
export const keepOrigins = (rows: string): Prisma.Sql => Prisma.sql`kept_origins AS (
  INSERT INTO comment_origins (poll_id, chat, message, revision)
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb) AS r(poll_id text, chat text, message text, revision int)
)`

export const editComments = (rows: string): Prisma.Sql => Prisma.sql`edited_comments AS (
  UPDATE comments c SET body = r.body, edited_at = r.edited_at
  FROM jsonb_to_recordset(${rows}::jsonb) AS r(poll_id text, revision int, body text, edited_at timestamptz)
  WHERE c.poll_id = r.poll_id AND c.revision = r.revision
)`

export const deleteComments = (rows: string): Prisma.Sql => Prisma.sql`deleted_comments AS (
  DELETE FROM comments c USING jsonb_to_recordset(${rows}::jsonb) AS r(poll_id text, revision int)
  WHERE c.poll_id = r.poll_id AND c.revision = r.revision
)`
