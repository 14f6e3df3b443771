import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { type Sql, sqlThrough } from './direct-sql.ts'
import { DurableFS, durableStartParams, syncFolderOf, syncTree } from './durable-fs.ts'
import { openReopening } from './reopening.ts'
import { takingTurns } from './taking-turns.ts'

/** PostgreSQL in this process: in the folder `dataDir`, or in memory without one. `image` is a dump to start from. */
export async function openPGlite(dataDir?: string, image?: Blob): Promise<PGlite> {
  const given = { extensions: { pg_trgm }, loadDataDir: image }
  if (!dataDir) return takingTurns(await PGlite.create(given))
  const startParams = durableStartParams
  return openReopening(async () =>
    takingTurns(await PGlite.create({ ...given, fs: new DurableFS(dataDir), startParams })),
  )
}

/**
 * Creates the folder of a new database, if it is missing, under another name, then renames it. PGlite would open an
 * incomplete folder as a database after a crash.
 */
export async function prepareFolder(dataDir: string): Promise<void> {
  if (existsSync(dataDir)) return
  const draft = `${dataDir}.new`
  await rm(draft, { recursive: true, force: true })
  const pglite = await openPGlite(draft)
  await pglite.close()
  // PGlite copies a new database into the folder without a sync.
  syncTree(draft)
  await rename(draft, dataDir)
  syncFolderOf(dataDir)
}

/**
 * The community's adapter with two fixes: its `executeScript` does not wait for the script, and its `commit` resolves
 * even if the commit failed.
 */
export class EmbeddedAdapterFactory extends PrismaPGlite implements SqlMigrationAwareDriverAdapterFactory {
  readonly #client: PGlite

  constructor(client: PGlite) {
    super(client)
    this.#client = client
  }

  override async connect(): Promise<SqlDriverAdapter> {
    return fixExecuteScript(await new PrismaPGlite(withFailingCommits(this.#client)).connect(), this.#client)
  }

  override async connectToShadowDb(): Promise<SqlDriverAdapter> {
    return shadowDatabase()
  }
}

/** Returns the rows of one statement with values, or of several statements without values. */
export async function executeOnPGlite(
  pglite: PGlite,
  text: string,
  values: unknown[] = [],
): Promise<{ rows: unknown[] }> {
  if (values.length > 0) return pglite.query(text, values)
  // All callers share one session. A failed transaction that stayed open would take in the next caller's statements.
  // PGlite's own `transaction` rolls it back first; the BEGIN of the text then only warns.
  const isTransaction = /^\s*BEGIN\b/i.test(text)
  const results = isTransaction ? await pglite.transaction((tx) => tx.exec(text)) : await pglite.exec(text)
  return { rows: results.flatMap(({ rows }) => rows) }
}

export function sqlOnPGlite(pglite: PGlite | Transaction): Sql {
  return sqlThrough(async (text, values) => {
    const { rows, affectedRows = 0 } = await pglite.query(text, values)
    return { rows, count: affectedRows }
  })
}

export function transactOnPGlite<T>(pglite: PGlite, work: (tx: Sql) => Promise<T>): Promise<T> {
  return pglite.transaction((tx) => work(sqlOnPGlite(tx)))
}

/**
 * One statement for all tables would keep the process from answering for a second, where there are many votes. So each
 * table has two, and ANALYZE reads 3,000 rows of it, not 30,000.
 */
export async function vacuum(pglite: PGlite): Promise<void> {
  const { rows } = await pglite.query<{ table: string }>(
    `SELECT oid::regclass::text AS "table" FROM pg_class WHERE relkind = 'r' ORDER BY oid`,
  )
  for (const { table } of rows) {
    await pglite.exec(`VACUUM ${table}`)
    await pglite.exec(`SET default_statistics_target = 10; ANALYZE ${table}; RESET default_statistics_target`)
  }
}

/** An empty database in memory, on which the schema engine replays migrations to compare them with the schema. */
export async function shadowDatabase(): Promise<SqlDriverAdapter> {
  const shadow = await openPGlite()
  const adapter = fixExecuteScript(await new PrismaPGlite(shadow).connect(), shadow)
  adapter.dispose = () => shadow.close()
  return adapter
}

function fixExecuteScript(adapter: SqlDriverAdapter, client: PGlite): SqlDriverAdapter {
  adapter.executeScript = async (script) => {
    await client.exec(script)
  }
  return adapter
}

/**
 * The adapter calls `transaction(...).catch(report)` and awaits the returned promise as the result of the commit. So
 * `catch` must reject again, or a failed commit would look successful.
 */
function withFailingCommits(client: PGlite): PGlite {
  const transaction = (...args: Parameters<PGlite['transaction']>) => {
    const outcome = client.transaction(...args)
    const settled = Object.create(outcome)
    settled.catch = (report: (error: unknown) => void) => {
      const reported = outcome.catch((error) => {
        report(error)
        throw error
      })
      reported.catch(() => {})
      return reported
    }
    return settled
  }
  return new Proxy(client, {
    get(target, key) {
      if (key === 'transaction') return transaction
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
