import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPGlite } from '../../src/database/embedded.ts'
import { tidyUp } from '../../src/database/upkeep.ts'

const most = Number.MAX_SAFE_INTEGER
const noLimits = { maxLogBytes: most, maxDeadRows: most, maxNewRows: most, minNewRows: most }
let pglite: PGlite

beforeAll(async () => {
  pglite = await openPGlite()
  await pglite.exec('CREATE TABLE rewritten (number int)')
})

afterAll(() => pglite.close())

/** As each anonymous vote does with its poll's pool of ballots. */
async function rewrite(): Promise<void> {
  await pglite.exec('DELETE FROM rewritten; INSERT INTO rewritten SELECT generate_series(1, 1000)')
}

async function sizeOf(): Promise<number> {
  // PostgreSQL counts dead rows once a second.
  await pglite.exec('SELECT pg_stat_force_next_flush()')
  const { rows } = await pglite.query<{ size: number }>(`SELECT pg_relation_size('rewritten')::int AS size`)
  return rows[0]?.size ?? 0
}

async function logBytes(): Promise<number> {
  const { rows } = await pglite.query<{ bytes: number }>(
    'SELECT (pg_current_wal_lsn() - (pg_control_checkpoint()).redo_lsn)::int AS bytes',
  )
  return rows[0]?.bytes ?? 0
}

test('a table that is rewritten again and again stays small', async () => {
  const sizes: number[] = []
  for (let round = 0; round < 12; round++) {
    await rewrite()
    sizes.push(await sizeOf())
    await tidyUp(pglite, { ...noLimits, maxDeadRows: 1_000 })
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * (sizes[0] ?? 0))
})

test('a table that only grows is read in parts', async () => {
  await pglite.exec('CREATE TABLE growing (number int)')
  const unread = async () => {
    await pglite.exec('SELECT pg_stat_force_next_flush()')
    const { rows } = await pglite.query<{ rows: number }>(
      `SELECT n_ins_since_vacuum::int AS rows FROM pg_stat_user_tables WHERE relname = 'growing'`,
    )
    return rows[0]?.rows
  }
  const seen: unknown[] = []
  for (let round = 0; round < 3; round++) {
    await pglite.exec('INSERT INTO growing SELECT generate_series(1, 600)')
    seen.push(await unread())
    await tidyUp(pglite, { ...noLimits, maxNewRows: 1_000 })
  }
  expect(seen).toEqual([600, 1_200, 600])
})

test('a small table is read when it has doubled', async () => {
  await pglite.exec('CREATE TABLE doubling (number int)')
  const sizes: unknown[] = []
  for (const added of [90, 20, 100, 50, 120]) {
    await pglite.exec(`INSERT INTO doubling SELECT generate_series(1, ${added})`)
    await pglite.exec('SELECT pg_stat_force_next_flush()')
    await tidyUp(pglite, { ...noLimits, minNewRows: 100 })
    const { rows } = await pglite.query<{ rows: number }>(
      `SELECT reltuples::int AS rows FROM pg_class WHERE relname = 'doubling'`,
    )
    sizes.push(rows[0]?.rows)
  }
  expect(sizes).toEqual([-1, 110, 110, 260, 260])
})

test('a long log ends with a checkpoint, a short one does not', async () => {
  await rewrite()
  const before = await logBytes()
  expect(before).toBeGreaterThan(50_000)
  await tidyUp(pglite, { ...noLimits, maxLogBytes: before + 100_000 })
  expect(await logBytes()).toBeGreaterThanOrEqual(before)
  await tidyUp(pglite, { ...noLimits, maxLogBytes: 50_000 })
  expect(await logBytes()).toBeLessThan(10_000)
})
