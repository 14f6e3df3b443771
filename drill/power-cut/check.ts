// A process of the drill `power-cut`: rebuilds what the disk may hold after power cuts, and opens the database from that.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize } from 'node:v8'
import { PGlite } from '@electric-sql/pglite'
import { amcheck } from '@electric-sql/pglite/contrib/amcheck'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { readOrCreateSecrets } from '../../src/database/data-dir.ts'
import { DurableFS, durableStartParams } from '../../src/database/durable-fs.ts'
import { prepareFolder } from '../../src/database/embedded.ts'
import { expectMigrated, migrateEmbedded } from '../../src/database/migrate.ts'
import { receiptOf } from '../../src/polls/anonymous/receipt.ts'
import { Disk, type Fate } from './disk.ts'
import type { Answered, Recording } from './record.ts'

/** The power is cut after this many operations; `seed` decides what happens to those that are not synced. */
export type Cut = { after: number; fate: Fate; seed: number }
/** What is wrong after a cut; nothing if it is empty. */
export type CutResult = Cut & { faults: string[] }

const [path = '', room = ''] = process.argv.slice(2)
const { operations, answered } = deserialize(readFileSync(path)) as Recording
const disk = new Disk()
let applied = 0
// What is checked here is what the disk held. Syncing it again takes most of the time.
durableStartParams.push('-F')

process.on('disconnect', () => process.exit())
process.on('message', async (cut: Cut) => {
  const faults = await faultsAfter(cut).catch((error: Error) => [error.message])
  process.send?.({ ...cut, faults } satisfies CutResult)
})

/** Cuts come in the order of their operations. */
async function faultsAfter({ after, fate, seed }: Cut): Promise<string[]> {
  for (; applied < after; applied++) {
    const operation = operations[applied]
    if (operation) disk.apply(operation)
  }
  const dataDir = mkdtempSync(join(room, 'cut-'))
  try {
    disk.writeTo(dataDir, fate, randomFrom(seed))
    const promised = answered.filter((one) => one.after <= after)
    return await faultsIn(dataDir, promised)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function faultsIn(dataDir: string, promised: Answered[]): Promise<string[]> {
  const folder = join(dataDir, 'pgdata')
  const [secret] = await readOrCreateSecrets(dataDir)
  await prepareFolder(folder)
  const pglite = await PGlite.create({
    fs: new DurableFS(folder),
    startParams: durableStartParams,
    extensions: { pg_trgm, amcheck },
  })
  try {
    const executeSql = (text: string) => pglite.query(text)
    await expectMigrated({ executeSql }).catch(() => migrateEmbedded(pglite))
    return [...(await damage(pglite)), ...(await missing(pglite, promised, secret)), ...(await disagreements(pglite))]
  } finally {
    await pglite.close()
  }
}

/** Reads every page of every table, whose checksums PostgreSQL checks, and compares each index with its table. */
async function damage(pglite: PGlite): Promise<string[]> {
  const { rows } = await pglite.query<{ name: string }>(`
    SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 't') AND n.nspname IN ('public', 'pg_catalog', 'pgboss', 'pg_toast')`)
  await pglite.exec(rows.map(({ name }) => `SELECT count(*) FROM ONLY ${name};`).join('\n'))
  await pglite.exec(`
    CREATE EXTENSION IF NOT EXISTS amcheck;
    SELECT bt_index_check(i.indexrelid, true) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
    WHERE a.amname = 'btree' AND c.relkind = 'i' AND i.indisvalid AND n.nspname IN ('public', 'pgboss')`)
  return []
}

/** The answered changes that are not there. */
async function missing(pglite: PGlite, promised: Answered[], secret: string): Promise<string[]> {
  const keys = async (sql: string) => {
    const { rows } = await pglite.query<{ key: string }>(sql)
    return new Set(rows.map(({ key }) => key))
  }
  const people = await keys('SELECT id AS key FROM people')
  const polls = await keys('SELECT id AS key FROM polls')
  const comments = await keys(`SELECT concat(poll_id, ' ', body) AS key FROM comments`)
  const votes = await keys(`
    SELECT concat(poll_id, ' ', actor_id, ' ', coalesce(facts->'to', facts->'choices')->>0) AS key FROM events`)
  const voters = await keys(`SELECT concat(poll_id, ' ', person_id) AS key FROM ballots WHERE counted`)
  const receipts = await keys(`SELECT concat(poll_id, ' ', lookup) AS key FROM secret_ballots`)
  const migrations = await keys(`SELECT migration_name AS key FROM _prisma_migrations WHERE finished_at IS NOT NULL`)
  const isThere = (one: Answered): boolean => {
    if (one.type === 'secret') return one.secret === secret
    if (one.type === 'guest') return people.has(one.id)
    if (one.type === 'poll') return polls.has(one.id)
    if (one.type === 'comment') return comments.has(`${one.poll} ${one.body}`)
    if (one.type === 'migration') return migrations.has('99990101000000_more')
    if (one.type === 'vote') return votes.has(`${one.poll} ${one.person} ${one.choice}`)
    return receipts.has(`${one.poll} ${receiptOf(one.receipt).lookup}`) && voters.has(`${one.poll} ${one.person}`)
  }
  const lost = promised.filter((one) => !isThere(one))
  return lost.length > 0
    ? [`${lost.length} of ${promised.length} answered changes are lost, such as a ${lost[0]?.type}`]
    : []
}

/** Polls whose counts disagree with their ballots, or whose log has a gap. */
async function disagreements(pglite: PGlite): Promise<string[]> {
  const { rows } = await pglite.query<{ id: string }>(`
    SELECT p.id FROM polls p
    WHERE p.total_votes <> (SELECT count(*) FROM ballots b WHERE b.poll_id = p.id AND counted)
      OR p.total_comments <> (SELECT count(*) FROM comments c WHERE c.poll_id = p.id)
      OR p.revision <> (SELECT count(*) FROM events e WHERE e.poll_id = p.id)
      OR p.revision <> (SELECT max(revision) FROM events e WHERE e.poll_id = p.id)
      OR (p.anonymous AND p.total_votes <> (SELECT count(*) FROM secret_ballots s WHERE s.poll_id = p.id))
      OR EXISTS (SELECT FROM options o WHERE o.poll_id = p.id AND o.votes <>
        (SELECT count(*) FROM ballots b WHERE b.poll_id = p.id AND counted AND o.id = ANY(b.choices)))`)
  return rows.length > 0 ? [`the counts of ${rows.length} polls disagree`] : []
}

/** Mulberry32: the same numbers each time. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
