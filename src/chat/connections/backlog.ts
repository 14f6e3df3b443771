import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { markedName, personFrom } from '../../people/model/person-name.ts'
import { actorId, actorName, chatOf, hasSignedIn, joinActor } from '../../people/sql.ts'
import type { EventType } from '../../polls/model/events.ts'
import { isActorHidden } from '../../polls/rules/visibility.ts'

/** A message that the chat rejected. */
export type RejectedMessage = {
  connectionId: string
  pollId: string
  title: string
  /** The author of its last event; guests are marked. Null where the author is anonymous. */
  actor: string | null
  type: EventType
  reason: string
  at: Date
}

type RejectedRow = RejectedMessage & { anonymous: boolean; actor: string; isSignedIn: boolean; chat: string | null }

const maxRejected = 20

/** The number of undelivered events by connection id, without connections that have none. */
export async function waitingEvents(prisma: PrismaClient, connectionIds: readonly string[]) {
  const rows = await prisma.$queryRaw<{ id: string; events: number }[]>`
    SELECT m.connection_id AS id, sum(least(p.revision, m.ends_at) - m.revision)::int AS events
    FROM mirrors m JOIN polls p ON p.id = m.poll_id
    WHERE m.connection_id = ANY(${connectionIds}) AND m.revision < least(p.revision, m.ends_at)
    GROUP BY m.connection_id`
  return new Map(rows.map(({ id, events }) => [id, events]))
}

/** How long to wait for a database connection and for the transaction, in milliseconds. */
const transactionTimeouts = { maxWait: 1_000, timeout: 2_000 }

/**
 * The number of undelivered events by connection id, 0 included, of connections that have not ended: those in `known`
 * first, at most `most`. Rejects after a second.
 */
export function backlogs(prisma: PrismaClient, known: readonly string[], most: number): Promise<Map<string, number>> {
  return prisma.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL statement_timeout = '1s'`
    const rows = await tx.$queryRaw<{ id: string; events: number }[]>`
      SELECT c.id, coalesce(sum(least(p.revision, m.ends_at) - m.revision), 0)::int AS events
      FROM (
        SELECT id FROM connections WHERE status IN ('active', 'paused')
        ORDER BY id = ANY(${known}) DESC, id LIMIT ${most}
      ) c LEFT JOIN (
        mirrors m JOIN polls p ON p.id = m.poll_id
      ) ON m.connection_id = c.id AND m.revision < least(p.revision, m.ends_at)
      GROUP BY c.id`
    return new Map(rows.map(({ id, events }) => [id, events]))
  }, transactionTimeouts)
}

/** The newest rejected messages, newest first, at most 20 per connection. */
export async function rejectedMessages(
  prisma: PrismaClient,
  connectionIds: readonly string[],
): Promise<RejectedMessage[]> {
  const rows = await prisma.$queryRaw<RejectedRow[]>`
    SELECT c.id AS "connectionId", r.poll_id AS "pollId", r.title, r.anonymous, r.actor,
      r.is_signed_in AS "isSignedIn", r.chat, r.type, r.reason, r.at
    FROM unnest(${connectionIds}::text[]) AS c(id) CROSS JOIN LATERAL (
      SELECT r.poll_id, t.title, p.anonymous, ${actorName} AS actor,
        ${hasSignedIn(actorId)} AS is_signed_in, ${chatOf(actorId)} AS chat, e.type, r.reason, r.at, r.revision
      FROM rejections r JOIN polls p ON p.id = r.poll_id JOIN poll_texts t ON t.poll_id = r.poll_id
        JOIN events e ON e.poll_id = r.poll_id AND e.revision = r.revision
        ${joinActor(Prisma.sql`e.actor_id`)}
      WHERE r.connection_id = c.id ORDER BY r.at DESC, r.revision DESC LIMIT ${maxRejected}
    ) AS r ORDER BY r.at DESC, r.revision DESC`
  return rows.map(({ anonymous, actor: name, isSignedIn, chat, ...row }) => {
    const actor = isActorHidden(row.type, { anonymous })
      ? null
      : markedName(personFrom({ id: '', name, isSignedIn, chat }))
    return { ...row, actor }
  })
}
