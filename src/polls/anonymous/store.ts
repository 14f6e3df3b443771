import { randomInt } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Sql } from '../../database/direct-sql.ts'
import { Prisma } from '../../database/generated/client.ts'
import { ballotParser, formatChoices } from '../model/choices/choice-text.ts'
import { saidOfAll } from '../model/choices/choices.ts'
import type { PollEvent } from '../model/events.ts'
import type { AnonymousBallots, Poll, PollState } from '../model/poll.ts'
import type { BallotEncryption } from './encryption.ts'

/** The pool holds at least this many ballots once the poll has them. Each ballot hides among the others. */
const minPooled = 100
/** Ballots that are read, or published, by one statement: more would block the event loop for too long. */
const chunk = 250

/**
 * Ballots as they were loaded. The rows that are not `settled` are the poll's pool. Each vote rewrites the whole pool in
 * random order with one statement, so the table's rows do not show in which order ballots came, or which came last.
 * (PostgreSQL's log and dead rows do: see docs/anonymity.md.) When the pool has twice its size, a random half of it is
 * settled and never rewritten. `ballots` are only the decrypted ones: those that the commands need.
 */
export type LoadedAnonymousBallots = { rows: Map<string, AnonymousBallotRow>; ballots: AnonymousBallots }

/** `areAll` asks for all ballots; otherwise for the pool and the ballots with these lookups. */
type WantedAnonymousBallots = { poll: string; areAll: boolean; lookups: string[] }
type AnonymousBallotRow = { pollId: string; lookup: string; sealed: Uint8Array; settled: boolean }

/** By poll id. @throws {Error} when a ballot cannot be decrypted */
export async function loadAnonymousBallots(
  tx: Sql,
  wanted: readonly WantedAnonymousBallots[],
  encryption: BallotEncryption | undefined,
): Promise<Map<string, LoadedAnonymousBallots>> {
  if (wanted.length === 0) return new Map()
  const decrypter = expectEncryption(encryption)
  const some = wanted.filter(({ areAll }) => !areAll)
  const byPoll = Map.groupBy(some.length > 0 ? await loadSome(tx, some) : [], ({ pollId }) => pollId)
  const loaded = new Map<string, LoadedAnonymousBallots>()
  for (const { poll, areAll, lookups } of wanted) {
    const rows = byPoll.get(poll) ?? []
    const asked = rows.filter(({ lookup }) => lookups.includes(lookup))
    loaded.set(poll, areAll ? await loadAll(tx, poll, decrypter) : decrypted(rows, asked, decrypter))
  }
  return loaded
}

/** The pools of these polls, and the ballots with these lookups. */
function loadSome(tx: Sql, wanted: readonly WantedAnonymousBallots[]) {
  const asked = Prisma.sql`jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS a(poll text, lookups text[])`
  return tx.$queryRaw<AnonymousBallotRow[]>`
    SELECT ${columns} FROM ${asked} JOIN secret_ballots s ON s.poll_id = a.poll AND NOT s.settled
    UNION ALL
    SELECT ${columns} FROM ${asked} CROSS JOIN LATERAL unnest(a.lookups) AS l(lookup)
      JOIN secret_ballots s ON s.poll_id = a.poll AND s.lookup = l.lookup AND s.settled`
}

const columns = Prisma.sql`s.poll_id AS "pollId", s.lookup, s.sealed, s.settled`

/** Reads and decrypts all ballots of a poll in chunks. Other requests get their turn in between. */
async function loadAll(tx: Sql, pollId: string, encryption: BallotEncryption) {
  const all: LoadedAnonymousBallots = { rows: new Map(), ballots: new Map() }
  // Without statistics of a new poll, PostgreSQL would read and sort all its ballots for each chunk.
  const sorts = (on: 'on' | 'off') =>
    tx.$queryRaw`SELECT set_config('enable_sort', ${on}, true), set_config('enable_bitmapscan', ${on}, true)`
  const parse = ballotParser()
  await sorts('off')
  for (let after = ''; ; await nextTurn()) {
    const rows = await tx.$queryRaw<AnonymousBallotRow[]>`
      SELECT ${columns} FROM secret_ballots s WHERE s.poll_id = ${pollId} AND s.lookup > ${after}
      ORDER BY s.lookup LIMIT ${chunk}`
    const { rows: read, ballots } = decrypted(rows, rows, encryption, parse)
    for (const [lookup, row] of read) all.rows.set(lookup, row)
    for (const [lookup, ballot] of ballots) all.ballots.set(lookup, ballot)
    after = rows.at(-1)?.lookup ?? ''
    if (rows.length < chunk) break
  }
  await sorts('on')
  return all
}

function decrypted(
  rows: readonly AnonymousBallotRow[],
  asked: readonly AnonymousBallotRow[],
  encryption: BallotEncryption,
  parse = ballotParser(),
): LoadedAnonymousBallots {
  return {
    rows: new Map(rows.map((row) => [row.lookup, row])),
    ballots: new Map(asked.map(({ pollId, lookup, sealed }) => [lookup, encryption.decrypt(pollId, sealed, parse)])),
  }
}

function expectEncryption(encryption: BallotEncryption | undefined): BallotEncryption {
  if (!encryption) throw new RangeError('This ballot box was created without encryption, which anonymous polls need.')
  return encryption
}

type WrittenPoll = {
  state: PollState | undefined
  events: readonly PollEvent[]
  loaded: { anonymousBallots: LoadedAnonymousBallots | undefined }
}
const none: LoadedAnonymousBallots = { rows: new Map(), ballots: new Map() }

/** Writes the changed ballots of a batch's anonymous polls. Publishes the ballots of those that it closed. */
export async function writeAnonymousBallots(
  tx: Sql,
  polls: Iterable<WrittenPoll>,
  encryption: BallotEncryption | undefined,
): Promise<void> {
  for (const { state, events, loaded } of polls) {
    if (!state?.poll.anonymous || !state.anonymousBallots) continue
    const isOpened = events.some(({ facts }) => facts.type === 'closed' && facts.tally)
    if (isOpened) await publish(tx, state.poll, state.anonymousBallots)
    else await keep(tx, state.poll, state.anonymousBallots, loaded.anonymousBallots ?? none, encryption)
  }
}

async function keep(
  tx: Sql,
  poll: Poll,
  ballots: AnonymousBallots,
  loaded: LoadedAnonymousBallots,
  encryption: BallotEncryption | undefined,
): Promise<void> {
  const asked = [...new Set([...loaded.ballots.keys(), ...ballots.keys()])]
  const changed = asked.filter((lookup) => ballots.get(lookup) !== loaded.ballots.get(lookup))
  if (changed.length === 0) return
  const unchanged = [...loaded.rows.values()].filter(({ lookup, settled }) => !settled && !changed.includes(lookup))
  const pool = shuffled([
    ...unchanged,
    ...changed.flatMap((lookup) => {
      const ballot = ballots.get(lookup)
      return ballot ? { lookup, sealed: expectEncryption(encryption).encrypt(poll, ballot) } : []
    }),
  ])
  const settled = pool.length > 2 * minPooled ? pool.length - minPooled : 0
  const rows = pool.map(({ lookup, sealed }, index) => {
    return { lookup, sealed: `\\x${Buffer.from(sealed).toString('hex')}`, settled: index < settled }
  })
  const touched = [...unchanged.map(({ lookup }) => lookup), ...changed]
  // One statement that updates some rows and inserts others would leave different lock marks on them.
  await tx.$executeRaw`DELETE FROM secret_ballots WHERE poll_id = ${poll.id} AND lookup = ANY(${touched})`
  await tx.$executeRaw`
    INSERT INTO secret_ballots (poll_id, lookup, sealed, settled)
    SELECT ${poll.id}, r.lookup, r.sealed, r.settled
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(lookup text, sealed bytea, settled boolean)`
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

/** Fisher-Yates shuffle with a cryptographic random source. */
function shuffled<T>(list: readonly T[]): T[] {
  const mixed = [...list]
  for (let last = mixed.length - 1; last > 0; last--) {
    const chosen = randomInt(last + 1)
    ;[mixed[last], mixed[chosen]] = [mixed[chosen] as T, mixed[last] as T]
  }
  return mixed
}
