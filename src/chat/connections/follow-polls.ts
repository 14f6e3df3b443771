import type { Sql } from '../../database/direct-sql.ts'
import type { Committed } from '../../polls/ballot-box/batch.ts'
import type { EventFacts } from '../../polls/model/events.ts'
import { isAmong } from '../../polls/model/keys.ts'
import { lockFollowing } from './mirrors.ts'

/** The categories that a connection wants; empty for all. */
type ConnectionChoice = { id: string; categories: string[] }

/**
 * Gives new polls a cursor in each connection that wants them, and adds or ends cursors of polls whose category changed,
 * or that were put on the lists or taken off.
 */
export async function followPolls(tx: Sql, committed: readonly Committed[]): Promise<void> {
  const placed = committed.flatMap(placing)
  if (placed.length === 0) return
  await lockFollowing(tx, 'shared')
  const choices = await tx.$queryRaw<ConnectionChoice[]>`
    SELECT id, COALESCE(categories, '{}') AS categories FROM connections WHERE status IN ('active', 'paused')`
  if (choices.length === 0) return
  await leaveOut(tx, placed, choices)
  await enter(tx, pairs(placed, choices, true))
  await leave(tx, pairs(placed, choices, false))
}

type Placed = {
  pollId: string
  category: string
  unlisted: boolean
  revision: number
  isNew: boolean
  notPostedTo: readonly string[]
}

/** What decides which connections want the poll, and its revision, if this batch set it. */
function placing({ poll, events, notPostedTo = [] }: Committed): Placed[] {
  const last = events.findLast(({ facts }) => facts.type === 'created' || (facts.type === 'edited' && isPlaced(facts)))
  if (!last) return []
  const isNew = events.some(({ facts }) => facts.type === 'created')
  const { category, unlisted } = poll
  return [{ pollId: poll.id, category, unlisted, revision: isNew ? 1 : last.revision, isNew, notPostedTo }]
}

function isPlaced({ category, unlisted }: Extract<EventFacts, { type: 'edited' }>): boolean {
  return category !== undefined || unlisted !== undefined
}

function pairs(placed: readonly Placed[], choices: readonly ConnectionChoice[], wanted: boolean) {
  return placed.flatMap(({ pollId, category, unlisted, revision, isNew }) =>
    choices
      .filter(({ categories }) => (!unlisted && (categories.length === 0 || isAmong(categories, category))) === wanted)
      .filter(() => wanted || !isNew)
      .map(({ id }) => ({ poll_id: pollId, connection_id: id, revision })),
  )
}

/** A cursor at its end, which no change of the poll or of the connection continues. */
async function leaveOut(tx: Sql, placed: readonly Placed[], choices: readonly ConnectionChoice[]): Promise<void> {
  const pairs = placed.flatMap(({ pollId, notPostedTo }) =>
    choices.filter(({ id }) => notPostedTo.includes(id)).map(({ id }) => ({ poll_id: pollId, connection_id: id })),
  )
  if (pairs.length === 0) return
  await tx.$executeRaw`
    INSERT INTO mirrors (poll_id, connection_id, revision, ends_at, left_out)
    SELECT poll_id, connection_id, 1, 1, true FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb)
      AS r(poll_id text, connection_id text)`
}

type Pair = { poll_id: string; connection_id: string; revision: number }

/** A cursor of an earlier time continues: where it was if it had undelivered events, else from the return. */
async function enter(tx: Sql, pairs: readonly Pair[]): Promise<void> {
  if (pairs.length === 0) return
  await tx.$executeRaw`
    INSERT INTO mirrors (poll_id, connection_id, revision)
    SELECT poll_id, connection_id, revision - 1 FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb)
      AS r(poll_id text, connection_id text, revision int)
    ON CONFLICT (poll_id, connection_id) DO UPDATE SET
      revision = CASE WHEN mirrors.revision >= mirrors.ends_at THEN excluded.revision ELSE mirrors.revision END,
      ends_at = NULL
    WHERE NOT mirrors.left_out`
}

async function leave(tx: Sql, pairs: readonly Pair[]): Promise<void> {
  if (pairs.length === 0) return
  await tx.$executeRaw`
    UPDATE mirrors m SET ends_at = r.revision
    FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS r(poll_id text, connection_id text, revision int)
    WHERE m.poll_id = r.poll_id AND m.connection_id = r.connection_id AND m.ends_at IS NULL`
}
