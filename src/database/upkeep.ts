import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'

/**
 * In bytes. The log is emptied by a checkpoint; recovery after a crash replays what is in it. While a checkpoint is made,
 * the process answers nobody: with 128 MB of log for some 100 ms, with this for some 30 ms.
 */
const maxLogBytes = 32 * 2 ** 20
/** How many dead rows a table may have more than rows. */
const maxDeadRows = 10_000
/**
 * VACUUM reads only what is new since the one before. The process answers nobody meanwhile, so a table that grows is read in
 * parts of about so many rows, not all of it in the hourly clean-up.
 */
const maxNewRows = 10_000
/**
 * PostgreSQL plans the lookups of foreign keys once, for the size that the table had at its last VACUUM. A table that was
 * nearly empty then is read as a whole for each new row, so a small table is due when it has doubled and has so many new rows.
 */
const minNewRows = 500
const everyMs = 2_000

type Limits = { maxLogBytes: number; maxDeadRows: number; maxNewRows: number; minNewRows: number }
const defaultLimits: Limits = { maxLogBytes, maxDeadRows, maxNewRows, minNewRows }

/**
 * Bounds the size of an embedded database. PGlite has none of PostgreSQL's background processes: without this, its log
 * would grow until a restart, and dead rows until the hourly clean-up.
 *
 * @returns a function that stops it
 */
export function startUpkeep(pglite: PGlite): () => void {
  const stopping = new AbortController()
  const run = async () => {
    while (!stopping.signal.aborted) {
      await sleep(everyMs, undefined, { ref: false, signal: stopping.signal })
      // The statements of others fail for the same reason, and are answered.
      await tidyUp(pglite).catch(() => {})
    }
  }
  run().catch(() => {})
  return () => stopping.abort()
}

/** Runs VACUUM on tables that have too many dead or new rows, and makes a checkpoint if the log is too long. */
export async function tidyUp(pglite: PGlite, limits = defaultLimits): Promise<void> {
  const { rows } = await pglite.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables
      WHERE n_dead_tup > n_live_tup + $1
        OR n_ins_since_vacuum > LEAST($2::bigint, GREATEST($3::bigint, n_live_tup - n_ins_since_vacuum))`,
    [limits.maxDeadRows, limits.maxNewRows, limits.minNewRows],
  )
  for (const { name } of rows) await pglite.exec(`VACUUM ${name}`)
  const { rows: logs } = await pglite.query<{ bytes: string }>(
    'SELECT pg_current_wal_lsn() - (pg_control_checkpoint()).redo_lsn AS bytes',
  )
  if (Number(logs[0]?.bytes) > limits.maxLogBytes) await pglite.exec('CHECKPOINT')
}
