import { randomInt } from 'node:crypto'
import { Prisma } from '../../database/generated/client.ts'
import { saidOfAll } from '../model/choices.ts'
import type { PollEvent } from '../model/events.ts'
import type { Poll, PollState, SecretBallot, SecretBallots } from '../model/poll.ts'
import type { BallotEncryption } from './encryption.ts'

type Transaction = Prisma.TransactionClient

/** How many ballots the pool holds at least, as soon as there are so many: each is hidden among these. */
const pooled = 100

/**
 * Ballots as they were found. Those that are not `settled` are in the poll's pool: whenever one is cast or changed, the
 * whole pool is written anew in random order, by one statement, so that no trace of the order in which they came is
 * left in the table's rows, nor of which came last. (It is in what PostgreSQL keeps beside them: see
 * docs/anonymity.md.) Once the pool has grown to twice its size, half of it, drawn at random, is settled and left
 * alone. Only `ballots` are opened: those that are asked for.
 */
export type LoadedSecretBallots = { rows: ReadonlyMap<string, Row>; ballots: SecretBallots }

/** @param areAll whether all ballots are needed, or those in the pool and those with these lookups */
type Wanted = { poll: string; areAll: boolean; lookups: string[] }
type Row = { pollId: string; lookup: string; sealed: Uint8Array; settled: boolean }

/** By poll id. @throws {Error} when a ballot cannot be opened (see `BallotSeal`) */
export async function loadSecretBallots(
  tx: Transaction,
  wanted: readonly Wanted[],
  seal: BallotEncryption | undefined,
): Promise<Map<string, LoadedSecretBallots>> {
  if (wanted.length === 0) return new Map()
  const asked = Prisma.sql`jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
    AS a(poll text, "areAll" boolean, lookups text[])`
  const row = Prisma.sql`s.poll_id AS "pollId", s.lookup, s.sealed, s.settled`
  const rows = await tx.$queryRaw<Row[]>`
    SELECT ${row} FROM ${asked} JOIN secret_ballots s ON s.poll_id = a.poll WHERE a."areAll"
    UNION ALL
    SELECT ${row} FROM ${asked} JOIN secret_ballots s ON s.poll_id = a.poll AND NOT s.settled WHERE NOT a."areAll"
    UNION ALL
    SELECT ${row} FROM ${asked} CROSS JOIN LATERAL unnest(a.lookups) AS l(lookup)
      JOIN secret_ballots s ON s.poll_id = a.poll AND s.lookup = l.lookup AND s.settled
    WHERE NOT a."areAll"`
  const byPoll = Map.groupBy(rows, ({ pollId }) => pollId)
  return new Map(wanted.map((one) => [one.poll, opened(one, byPoll.get(one.poll) ?? [], expectSeal(seal))]))
}

function opened({ areAll, lookups }: Wanted, rows: readonly Row[], seal: BallotEncryption): LoadedSecretBallots {
  const asked = new Set(lookups)
  const open = ({ pollId, lookup, sealed }: Row): [string, SecretBallot] => [lookup, seal.open(pollId, sealed)]
  return {
    rows: new Map(rows.map((row) => [row.lookup, row])),
    ballots: new Map(rows.filter(({ lookup }) => areAll || asked.has(lookup)).map(open)),
  }
}

function expectSeal(seal: BallotEncryption | undefined): BallotEncryption {
  if (!seal) throw new RangeError('This ballot box has no seal, which secret ballots take.')
  return seal
}

type Written = {
  state: PollState | undefined
  events: readonly PollEvent[]
  loaded: { secretBallots: LoadedSecretBallots | undefined }
}
const none: LoadedSecretBallots = { rows: new Map(), ballots: new Map() }

/** Writes the ballots of anonymous polls that a batch changed; publishes them in those that it closed. */
export async function writeSecretBallots(
  tx: Transaction,
  polls: Iterable<Written>,
  seal: BallotEncryption | undefined,
): Promise<void> {
  for (const { state, events, loaded } of polls) {
    if (!state?.poll.anonymous || !state.secretBallots) continue
    const isOpened = events.some(({ facts }) => facts.type === 'closed' && facts.tally)
    if (isOpened) await publish(tx, state.poll, state.secretBallots)
    else await keep(tx, state.poll, state.secretBallots, loaded.secretBallots ?? none, seal)
  }
}

async function keep(
  tx: Transaction,
  poll: Poll,
  ballots: SecretBallots,
  loaded: LoadedSecretBallots,
  seal: BallotEncryption | undefined,
): Promise<void> {
  const asked = [...new Set([...loaded.ballots.keys(), ...ballots.keys()])]
  const changed = asked.filter((lookup) => ballots.get(lookup) !== loaded.ballots.get(lookup))
  if (changed.length === 0) return
  const unchanged = [...loaded.rows.values()].filter(({ lookup, settled }) => !settled && !changed.includes(lookup))
  const pool = shuffled([
    ...unchanged,
    ...changed.flatMap((lookup) => {
      const ballot = ballots.get(lookup)
      return ballot ? { lookup, sealed: expectSeal(seal).seal(poll, ballot) } : []
    }),
  ])
  const settled = pool.length > 2 * pooled ? pool.length - pooled : 0
  const rows = pool.map(({ lookup, sealed }, index) => {
    return { lookup, sealed: `\\x${Buffer.from(sealed).toString('hex')}`, settled: index < settled }
  })
  const touched = [...unchanged.map(({ lookup }) => lookup), ...changed]
  // Not one statement that updates some and inserts others, as their rows would differ in how they were locked.
  await tx.$executeRaw`DELETE FROM secret_ballots WHERE poll_id = ${poll.id} AND lookup = ANY(${touched})`
  await tx.$executeRaw`
    INSERT INTO secret_ballots (poll_id, lookup, sealed, settled)
    SELECT ${poll.id}, r.lookup, r.sealed, r.settled
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(lookup text, sealed bytea, settled boolean)`
}

/** In the order of their hashes, which says nothing of that in which they were cast. */
async function publish(tx: Transaction, poll: Poll, ballots: SecretBallots): Promise<void> {
  const { id } = poll
  const whole = [...ballots.values()].map(({ hash, choices }) => ({ hash, choices: saidOfAll(poll, choices) }))
  const rows = whole.toSorted((one, other) => (one.hash < other.hash ? -1 : 1))
  await tx.$executeRaw`DELETE FROM secret_ballots WHERE poll_id = ${id}`
  await tx.$executeRaw`
    INSERT INTO published_ballots (poll_id, receipt_hash, choices)
    SELECT ${id}, r.hash, r.choices
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(hash text, choices text[])`
}

/** Fisher and Yates, with chances that cannot be foreseen. */
function shuffled<T>(list: readonly T[]): T[] {
  const mixed = [...list]
  for (let last = mixed.length - 1; last > 0; last--) {
    const chosen = randomInt(last + 1)
    ;[mixed[last], mixed[chosen]] = [mixed[chosen] as T, mixed[last] as T]
  }
  return mixed
}
