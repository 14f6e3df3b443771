import { Prisma } from '../../database/generated/client.ts'
import { hasSignedInSince } from '../../people/sql.ts'
import type { Command } from '../model/commands.ts'
import { limits } from '../model/limits.ts'
import type { Ballot, Poll } from '../model/poll.ts'
import { ballotOwnersOf } from './ballot-owners.ts'
import { type Batch, keyName, ownedKey, type StoredKey, type Submission } from './batch.ts'

type Transaction = Prisma.TransactionClient
/** By person id. */
export type Ballots = Record<string, Ballot>
/** By poll id. */
type Guests = ReadonlyMap<string, ReadonlySet<string>>

/** What is there of the people who ask something of a poll: their ballots, and what is stored under their keys. */
type LoadedRow = { poll: string; ballots: Ballots | null; keys: KeyRow[] | null }
type KeyRow = StoredKey & { isOld: boolean }

/**
 * Loads, in one statement, the ballots of the people who ask something of a poll, those of `others` by poll id, and what is
 * stored under their keys. Ballots and keys are looked up one by one in subqueries: joined, they might be found by reading
 * all that there are.
 */
export async function loadBallots(
  tx: Transaction,
  submissions: readonly Submission[],
  others: Guests,
  longAgo: Date,
): Promise<LoadedRow[]> {
  const byPoll = Map.groupBy(submissions, ({ pollId }) => pollId)
  const asked = [...byPoll].map(([poll, same]) => ({
    poll,
    people: [...same.flatMap(({ command }) => ballotOwnersOf(command)), ...(others.get(poll) ?? [])],
    keys: same.flatMap(keyOf),
  }))
  const keys = submissions.some(({ idempotency }) => idempotency) ? storedKeys(longAgo) : Prisma.sql`NULL`
  return tx.$queryRaw<LoadedRow[]>`
    SELECT a.poll, (
      SELECT jsonb_object_agg(
        b.person_id, jsonb_build_object('choices', b.choices, 'revision', b.revision, 'counted', b.counted))
      FROM ballots b WHERE b.poll_id = a.poll AND b.person_id = ANY(a.people)
    ) AS ballots, ${keys} AS keys
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(poll text, people text[], keys jsonb)`
}

const storedKeys = (longAgo: Date) => Prisma.sql`(
  SELECT jsonb_agg(jsonb_build_object(
    'owner', w.owner, 'key', w.key, 'fingerprint', k.fingerprint, 'answer', k.answer,
    'isOld', k.created_at <= ${longAgo}))
  FROM jsonb_to_recordset(a.keys) AS w(owner text, key text) CROSS JOIN LATERAL (
    SELECT fingerprint, answer, created_at FROM idempotency_keys
    WHERE person_id = w.owner AND key = w.key LIMIT 1
  ) AS k
)`

function keyOf({ command, idempotency }: Submission) {
  return idempotency ? [ownedKey(command, idempotency)] : []
}

/** The answers that are stored. Those of more than a day ago are forgotten on the way. */
export async function freshKeys(tx: Transaction, stored: readonly KeyRow[], longAgo: Date): Promise<Batch['keys']> {
  const [old, fresh] = [stored.filter(({ isOld }) => isOld), stored.filter(({ isOld }) => !isOld)]
  if (old.length > 0) {
    const [owners, keys] = [old.map(({ owner }) => owner), old.map(({ key }) => key)]
    await tx.$executeRaw`
      DELETE FROM idempotency_keys WHERE created_at <= ${longAgo}
        AND (person_id, key) IN (SELECT * FROM unnest(${owners}::text[], ${keys}::text[]))`
  }
  return new Map(fresh.map((row) => [keyName(row), row]))
}

/**
 * Where who may vote is about to change, whose ballots that concerns: when only people who have signed in shall, the
 * guests among those who have a ballot or are about to do something; when all shall, those whose ballot was set aside.
 * Rare, and of guests asked only where so few have voted that it can still be done.
 */
export async function loadGuests(
  tx: Transaction,
  submissions: readonly Submission[],
  standing: Map<string, Poll>,
): Promise<Guests> {
  const changing = submissions.filter(({ pollId, command }) => changesVoters(command, standing.get(pollId)))
  const asked = [...new Set(changing.map(({ pollId }) => pollId))].map((poll) => ({
    poll,
    limits: !standing.get(poll)?.votersSignedIn,
    people: peopleIn(submissions, poll),
  }))
  if (asked.length === 0) return new Map()
  const rows = await tx.$queryRaw<{ poll: string; guests: string[] }[]>`
    SELECT a.poll, CASE WHEN a.limits THEN ARRAY(
      SELECT v.id FROM (
        SELECT b.person_id FROM ballots b WHERE b.poll_id = a.poll UNION SELECT unnest(a.people)
      ) AS v(id)
      WHERE NOT ${hasSignedInSince(Prisma.sql`v.id`)}
    ) ELSE ARRAY(
      SELECT b.person_id FROM ballots b WHERE b.poll_id = a.poll AND NOT b.counted
    ) END AS guests
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(poll text, limits boolean, people text[])`
  return new Map(rows.map(({ poll, guests }) => [poll, new Set(guests)]))
}

function changesVoters(command: Command, poll: Poll | undefined): boolean {
  if (command.type !== 'edit' || command.votersSignedIn === undefined || !poll) return false
  const isFeasible = poll.votersSignedIn || poll.totalVotes <= limits.votesToLimit.max
  return command.votersSignedIn !== poll.votersSignedIn && isFeasible
}

function peopleIn(submissions: readonly Submission[], pollId: string): string[] {
  return submissions.filter((one) => one.pollId === pollId).flatMap(({ command }) => ballotOwnersOf(command))
}
