import { Prisma } from '../database/generated/client.ts'
import { type Batch, keyName, type Locked, type StoredKey, type Submission } from './batch.ts'
import { type PollRow, pollColumns, pollFromRow } from './rows.ts'
import type { Choices } from './types.ts'

type Transaction = Prisma.TransactionClient
type BallotRow = { personId: string; choices: Choices }

/**
 * Locks the polls of these submissions and loads what deciding them takes. Two statements, and a third where there
 * are Idempotency-Keys: what a statement reads beside the rows it locks is as old as the statement, so the ballots
 * have to be read by one that starts when the locks are held.
 */
export async function loadBatch(tx: Transaction, submissions: readonly Submission[], now: Date): Promise<Batch> {
  const pollIds = [...new Set(submissions.map(({ pollId }) => pollId))]
  await tx.$queryRaw`SELECT id FROM polls WHERE id = ANY(${pollIds}) ORDER BY id FOR UPDATE`
  const rows = await loadPolls(tx, submissions, pollIds)
  const polls = new Map(pollIds.map((id) => [id, lockedFromRow(rows.find((row) => row.id === id))]))
  return { polls, keys: await loadKeys(tx, submissions, now) }
}

/** The polls, each with the ballots of the people who are about to do something in it. */
async function loadPolls(tx: Transaction, submissions: readonly Submission[], pollIds: string[]) {
  const inPolls = submissions.map(({ pollId }) => pollId)
  const people = submissions.map(({ command }) => command.by.id)
  return tx.$queryRaw<(PollRow & { ballots: BallotRow[] | null })[]>`
    SELECT ${pollColumns}, (
      SELECT jsonb_agg(jsonb_build_object('personId', b.person_id, 'choices', b.choices))
      FROM ballots b
      WHERE b.poll_id = p.id AND b.person_id = ANY(ARRAY(
        SELECT w.person_id FROM unnest(${inPolls}::text[], ${people}::text[]) AS w(poll_id, person_id)
        WHERE w.poll_id = p.id
      ))
    ) AS ballots
    FROM polls p JOIN poll_texts t ON t.poll_id = p.id JOIN people c ON c.id = p.created_by_id
    WHERE p.id = ANY(${pollIds})`
}

function lockedFromRow(row: (PollRow & { ballots: BallotRow[] | null }) | undefined): Locked {
  if (!row) return { state: undefined, events: [], loaded: { revision: 0, votes: new Map(), voters: new Set() } }
  const poll = pollFromRow(row)
  const ballots = new Map((row.ballots ?? []).map(({ personId, choices }) => [personId, choices]))
  const votes = new Map(poll.options.map((option) => [option.id, option.votes]))
  return {
    state: { poll, ballots },
    events: [],
    loaded: { revision: poll.revision, votes, voters: new Set(ballots.keys()) },
  }
}

const dayInMs = 86_400_000

/** The answers stored under these submissions' keys. Those of more than a day ago are forgotten on the way. */
async function loadKeys(tx: Transaction, submissions: readonly Submission[], now: Date): Promise<Batch['keys']> {
  const keyed = submissions.flatMap(({ command, idempotency }) =>
    idempotency ? [{ personId: command.by.id, key: idempotency.key }] : [],
  )
  if (keyed.length === 0) return new Map()
  const wanted = Prisma.sql`(person_id, key) IN (
    SELECT * FROM unnest(${keyed.map(({ personId }) => personId)}::text[], ${keyed.map(({ key }) => key)}::text[]))`
  const dayAgo = new Date(now.getTime() - dayInMs)
  const rows = await tx.$queryRaw<StoredKey[]>`
    WITH forgotten AS (DELETE FROM idempotency_keys WHERE ${wanted} AND created_at <= ${dayAgo})
    SELECT person_id AS "personId", key, fingerprint, answer
    FROM idempotency_keys WHERE ${wanted} AND created_at > ${dayAgo}`
  return new Map(rows.map((row) => [keyName(row.personId, row.key), row]))
}
