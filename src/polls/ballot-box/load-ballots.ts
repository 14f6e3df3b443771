import type { Sql } from '../../database/direct-sql.ts'
import { Prisma } from '../../database/generated/client.ts'
import { hasSignedInSince } from '../../people/sql.ts'
import { parseChoices } from '../model/choices/choice-text.ts'
import type { Command } from '../model/commands.ts'
import { limits } from '../model/limits.ts'
import type { Ballot, Poll } from '../model/poll.ts'
import { asksForBallots } from '../rules/editing/rule-changes.ts'
import { ballotOwnersOf } from './ballot-owners.ts'
import { type Batch, keyName, ownedKey, type StoredKey, type Submission } from './batch.ts'

/** By person id. */
export type BallotsByPerson = ReadonlyMap<string, Ballot>
/** By poll id. */
export type PeopleByPoll = ReadonlyMap<string, ReadonlySet<string>>

/** The ballots of the commands' authors, and the answers stored under their keys. */
type LoadedBallots = { poll: string; ballots: BallotsByPerson; keys: KeyRow[] }
type LoadedRow = { poll: string; ballots: Record<string, BallotRow> | null; keys: KeyRow[] | null }
type BallotRow = Omit<Ballot, 'choices'> & { choices: readonly string[] }
type KeyRow = StoredKey & { isOld: boolean }

/**
 * Loads, in one statement, the ballots of the commands' authors and of `others`, and the answers stored under their
 * keys. Subqueries look up each ballot and key by its primary key. With joins, PostgreSQL may read whole tables.
 */
export async function loadBallots(
  tx: Sql,
  submissions: readonly Submission[],
  others: PeopleByPoll,
  longAgo: Date,
): Promise<LoadedBallots[]> {
  const byPoll = Map.groupBy(submissions, ({ pollId }) => pollId)
  const asked = [...byPoll].map(([poll, same]) => ({
    poll,
    people: [...same.flatMap(({ command }) => ballotOwnersOf(command)), ...(others.get(poll) ?? [])],
    keys: same.flatMap(keyOf),
  }))
  const keys = submissions.some(({ idempotency }) => idempotency) ? storedKeys(longAgo) : Prisma.sql`NULL`
  const rows = await tx.$queryRaw<LoadedRow[]>`
    SELECT a.poll, (
      SELECT jsonb_object_agg(
        b.person_id, jsonb_strip_nulls(jsonb_build_object('choices', b.choices, 'revision', b.revision,
          'counted', b.counted, 'setAsideReason', b.set_aside_reason, 'removedOption', b.removed_option)))
      FROM ballots b WHERE b.poll_id = a.poll AND b.person_id = ANY(a.people)
    ) AS ballots, ${keys} AS keys
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(poll text, people text[], keys jsonb)`
  return rows.map(({ poll, ballots, keys }) => ({ poll, ballots: ballotsFrom(ballots ?? {}), keys: keys ?? [] }))
}

function ballotsFrom(rows: Record<string, BallotRow>): BallotsByPerson {
  return new Map(
    Object.entries(rows).map(([personId, row]) => [personId, { ...row, choices: parseChoices(row.choices) }]),
  )
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

/** The stored answers. Deletes those that are older than a day. */
export async function freshKeys(tx: Sql, stored: readonly KeyRow[], longAgo: Date): Promise<Batch['keys']> {
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
 * The people whose ballots an edit of `votersSignedIn` concerns. When it is switched on: guests with a ballot or a command
 * in the batch. When it is switched off: the owners of ballots that were set aside. Guests are looked up only in polls
 * that have few enough votes to be limited (`limits.votesToLimit`).
 */
export async function loadGuests(
  tx: Sql,
  submissions: readonly Submission[],
  polls: Map<string, Poll>,
): Promise<PeopleByPoll> {
  const changing = submissions.filter(({ pollId, command }) => changesVoters(command, polls.get(pollId)))
  const asked = [...new Set(changing.map(({ pollId }) => pollId))].map((poll) => ({
    poll,
    limits: !polls.get(poll)?.votersSignedIn,
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
      SELECT b.person_id FROM ballots b WHERE b.poll_id = a.poll AND NOT b.counted AND b.set_aside_reason IS NULL
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

/**
 * The people whose ballots name an option that a command removes; one more than `limits.ballotsToChange` at most. An id
 * that no option has may be any text, also one that PostgreSQL cannot hold.
 */
export async function loadVotersOfOptions(
  tx: Sql,
  submissions: readonly Submission[],
  polls: ReadonlyMap<string, Poll>,
): Promise<PeopleByPoll> {
  const asked = submissions.flatMap(({ pollId: poll, command }) => {
    if (command.type !== 'removeOption') return []
    const option = polls.get(poll)?.options.find(({ id }) => id === command.optionId)
    return option ? { poll, option: option.id } : []
  })
  if (asked.length === 0) return new Map()
  const rows = await tx.$queryRaw<{ poll: string; voters: string[] }[]>`
    SELECT a.poll, ARRAY(
      SELECT b.person_id FROM ballots b WHERE b.poll_id = a.poll AND ${namesOption(Prisma.sql`a.option`)}
      LIMIT ${limits.ballotsToChange.max + 1}
    ) AS voters
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(poll text, option text)`
  const byPoll = Map.groupBy(rows, ({ poll }) => poll)
  return new Map([...byPoll].map(([poll, same]) => [poll, new Set(same.flatMap(({ voters }) => voters))]))
}

/**
 * One person with a ballot that does not count, in each poll without votes that a command edits or deletes: such a ballot
 * keeps the poll, and the rules under which it was cast.
 */
export async function loadUncounted(
  tx: Sql,
  submissions: readonly Submission[],
  polls: ReadonlyMap<string, Poll>,
): Promise<PeopleByPoll> {
  const asked = submissions.flatMap(({ pollId, command }) =>
    asksForBallots(command) && polls.get(pollId)?.totalVotes === 0 ? pollId : [],
  )
  if (asked.length === 0) return new Map()
  const rows = await tx.$queryRaw<{ poll: string; person: string }[]>`
    SELECT DISTINCT ON (b.poll_id) b.poll_id AS poll, b.person_id AS person
    FROM ballots b WHERE b.poll_id = ANY(${asked})`
  return new Map(rows.map(({ poll, person }) => [poll, new Set([person])]))
}

/** Whether a ballot b names this option: choices may have points or an answer after `=`. */
export const namesOption = (optionId: Prisma.Sql) => Prisma.sql`EXISTS (
  SELECT FROM unnest(b.choices) AS c(choice) WHERE split_part(c.choice, '=', 1) = ${optionId})`
