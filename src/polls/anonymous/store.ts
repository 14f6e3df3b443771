import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Sql } from '../../database/direct-sql.ts'
import { Prisma } from '../../database/generated/client.ts'
import { ballotParser, formatChoices } from '../model/choices/choice-text.ts'
import { saidOfAll } from '../model/choices/choices.ts'
import type { PollEvent } from '../model/events.ts'
import type { AnonymousBallots, AnonymousCount, Poll, PollState } from '../model/poll.ts'
import { countAnonymously, noAnonymousCount } from '../rules/anonymous-count.ts'
import type { BallotEncryption } from './encryption.ts'

/** The pool holds at least this many ballots once the poll has them. Each ballot hides among the others. */
const minPooled = 100
/** Ballots that are read, or published, by one statement: more would block the event loop for too long. */
const chunk = 250

/** `isCounted` asks for all ballots and their count; otherwise for those with these lookups. */
type WantedAnonymousBallots = { poll: Poll; isCounted: boolean; lookups: string[] }
/** `count` is that of all ballots of the poll. */
export type LoadedAnonymousBallots = { ballots: AnonymousBallots; count?: AnonymousCount }
type AnonymousBallotRow = { pollId: string; lookup: string; sealed: Uint8Array }

/** By poll id. @throws {Error} when a ballot cannot be decrypted */
export async function loadAnonymousBallots(
  tx: Sql,
  wanted: readonly WantedAnonymousBallots[],
  encryption: BallotEncryption | undefined,
): Promise<Map<string, LoadedAnonymousBallots>> {
  if (wanted.length === 0) return new Map()
  const decrypter = expectEncryption(encryption)
  const some = wanted.filter(({ lookups, isCounted }) => lookups.length > 0 && !isCounted)
  const byPoll = Map.groupBy(some.length > 0 ? await loadSome(tx, some) : [], ({ pollId }) => pollId)
  const loaded = new Map<string, LoadedAnonymousBallots>()
  for (const { poll, isCounted } of wanted) {
    const found = () => ({ ballots: decrypted(byPoll.get(poll.id) ?? [], decrypter) })
    loaded.set(poll.id, isCounted ? await loadAll(tx, poll, decrypter) : found())
  }
  return loaded
}

/** Each ballot by its primary key: a join may read all ballots of the poll. */
function loadSome(tx: Sql, wanted: readonly WantedAnonymousBallots[]) {
  const asked = wanted.map(({ poll, lookups }) => ({ poll: poll.id, lookups }))
  return tx.$queryRaw<AnonymousBallotRow[]>`
    SELECT ${columns}
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(poll text, lookups text[])
      CROSS JOIN LATERAL unnest(a.lookups) AS l(lookup)
      CROSS JOIN LATERAL (SELECT * FROM secret_ballots WHERE poll_id = a.poll AND lookup = l.lookup LIMIT 1) AS s`
}

const columns = Prisma.sql`s.poll_id AS "pollId", s.lookup, s.sealed`

/** Reads, decrypts and counts all ballots of a poll in chunks. Other requests get their turn in between. */
async function loadAll(tx: Sql, poll: Poll, encryption: BallotEncryption): Promise<LoadedAnonymousBallots> {
  const all: AnonymousBallots = new Map()
  const count = noAnonymousCount(poll)
  // Without statistics of a new poll, PostgreSQL would read and sort all its ballots for each chunk.
  const sorts = (on: 'on' | 'off') =>
    tx.$queryRaw`SELECT set_config('enable_sort', ${on}, true), set_config('enable_bitmapscan', ${on}, true)`
  const parse = ballotParser()
  await sorts('off')
  for (let after = ''; ; await nextTurn()) {
    const rows = await tx.$queryRaw<AnonymousBallotRow[]>`
      SELECT ${columns} FROM secret_ballots s WHERE s.poll_id = ${poll.id} AND s.lookup > ${after}
      ORDER BY s.lookup LIMIT ${chunk}`
    for (const [lookup, ballot] of decrypted(rows, encryption, parse)) {
      all.set(lookup, ballot)
      countAnonymously(poll, count, ballot.choices, 1)
    }
    after = rows.at(-1)?.lookup ?? ''
    if (rows.length < chunk) break
  }
  await sorts('on')
  return { ballots: all, count }
}

function decrypted(
  rows: readonly AnonymousBallotRow[],
  encryption: BallotEncryption,
  parse = ballotParser(),
): AnonymousBallots {
  return new Map(rows.map(({ pollId, lookup, sealed }) => [lookup, encryption.decrypt(pollId, sealed, parse)]))
}

function expectEncryption(encryption: BallotEncryption | undefined): BallotEncryption {
  if (!encryption) throw new RangeError('This ballot box was created without encryption, which anonymous polls need.')
  return encryption
}

type WrittenPoll = {
  state: PollState | undefined
  events: readonly PollEvent[]
  loaded: { anonymousBallots: AnonymousBallots | undefined }
}

/** Writes the changed ballots of a batch's anonymous polls. Publishes the ballots of those that it closed. */
export async function writeAnonymousBallots(
  tx: Sql,
  polls: Iterable<WrittenPoll>,
  encryption: BallotEncryption | undefined,
): Promise<void> {
  const changed: ChangedBallot[] = []
  for (const { state, events, loaded } of polls) {
    if (!state?.poll.anonymous || !state.anonymousBallots) continue
    const isOpened = events.some(({ facts }) => facts.type === 'closed' && facts.tally)
    if (isOpened) await publish(tx, state.poll, state.anonymousBallots)
    else changed.push(...changedBallots(state.poll, state.anonymousBallots, loaded.anonymousBallots, encryption))
  }
  if (changed.length > 0) await rewritePools(tx, changed)
}

/** `sealed` is undefined for a ballot that was withdrawn. */
type ChangedBallot = { poll: string; lookup: string; sealed: string | undefined }

function changedBallots(
  poll: Poll,
  ballots: AnonymousBallots,
  loaded: AnonymousBallots = new Map(),
  encryption: BallotEncryption | undefined,
): ChangedBallot[] {
  const asked = [...new Set([...loaded.keys(), ...ballots.keys()])]
  const changed = asked.filter((lookup) => ballots.get(lookup) !== loaded.get(lookup))
  return changed.map((lookup) => {
    const ballot = ballots.get(lookup)
    const sealed = ballot && `\\x${expectEncryption(encryption).encrypt(poll, ballot).toString('hex')}`
    return { poll: poll.id, lookup, sealed }
  })
}

/**
 * Each poll's pool is the ballots that are not `settled`. Each vote rewrites the whole pool in random order with one
 * statement, so the table's rows do not show in which order ballots came, or which came last. (PostgreSQL's log and
 * dead rows do: see docs/anonymity.md.) When the pool has twice its size, a random half of it is settled and never
 * rewritten.
 *
 * The order is that of a hash with a random key. Rows are deleted and inserted: updated rows would have other lock marks
 * than new ones. The shuffle reads all deleted rows, so they are gone before the first one is inserted.
 */
async function rewritePools(tx: Sql, changed: readonly ChangedBallot[]): Promise<void> {
  const polls = [...new Set(changed.map(({ poll }) => poll))]
  // An index scan removes the index entries of earlier versions of the pool, which a bitmap scan would read again and again.
  await tx.$queryRaw`SELECT set_config('enable_bitmapscan', 'off', true)`
  await tx.$executeRaw`
    WITH changed AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) AS r(poll text, lookup text, sealed bytea)
    ), pooled AS (
      DELETE FROM secret_ballots WHERE poll_id = ANY(${polls}) AND NOT settled RETURNING poll_id, lookup, sealed
    ), former AS (
      DELETE FROM secret_ballots s USING changed c WHERE s.poll_id = c.poll AND s.lookup = c.lookup AND s.settled
      RETURNING s.poll_id, s.lookup, s.sealed
    ), pool AS (
      SELECT * FROM (SELECT * FROM pooled UNION ALL SELECT * FROM former) AS deleted
      WHERE (poll_id, lookup) NOT IN (SELECT poll, lookup FROM changed)
      UNION ALL
      SELECT * FROM changed WHERE sealed IS NOT NULL
    ), shuffled AS (
      SELECT *, count(*) OVER (PARTITION BY poll_id) AS size, row_number() OVER (PARTITION BY poll_id ORDER BY
        sha256(${randomBytes(32)} || convert_to(lookup, 'UTF8'))) AS place
      FROM pool
    )
    INSERT INTO secret_ballots (poll_id, lookup, sealed, settled)
    SELECT poll_id, lookup, sealed, size > ${2 * minPooled}::int AND place <= size - ${minPooled}::int
    FROM shuffled ORDER BY poll_id, place`
}

/** Sorted by hash, which does not show in which order ballots were cast. */
async function publish(tx: Sql, poll: Poll, ballots: AnonymousBallots): Promise<void> {
  const { id } = poll
  const lookups = [...ballots.keys()].toSorted()
  for (const some of chunksOf(lookups)) {
    await tx.$executeRaw`DELETE FROM secret_ballots WHERE poll_id = ${id} AND lookup = ANY(${some})`
    await nextTurn()
  }
  await tx.$executeRaw`DELETE FROM secret_ballots WHERE poll_id = ${id}`
  const sorted = [...ballots.values()].toSorted((one, other) => (one.hash < other.hash ? -1 : 1))
  for (const some of chunksOf(sorted)) {
    const rows = some.map(({ hash, choices }) => ({ hash, choices: formatChoices(saidOfAll(poll, choices)) }))
    await tx.$executeRaw`
      INSERT INTO published_ballots (poll_id, receipt_hash, choices)
      SELECT ${id}, r.hash, r.choices
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(hash text, choices text[])`
    await nextTurn()
  }
}

function chunksOf<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / chunk) }, (_, index) =>
    list.slice(index * chunk, (index + 1) * chunk),
  )
}
