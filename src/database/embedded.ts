import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { openReopening } from './reopening.ts'

/** PostgreSQL in this process: `dataDir` is a folder, or undefined for one in memory; `image` a dump to start from. */
export async function openPGlite(dataDir?: string, image?: Blob): Promise<PGlite> {
  const open = () => PGlite.create({ dataDir, extensions: { pg_trgm }, loadDataDir: image })
  return dataDir ? openReopening(open) : open()
}

/**
 * Makes the folder of a new database, unless it is there. It is made beside its place and moved when it is whole:
 * if the process is killed in between, PGlite would take the half of it for a database.
 */
export async function prepareFolder(dataDir: string): Promise<void> {
  if (existsSync(dataDir)) return
  const draft = `${dataDir}.new`
  await rm(draft, { recursive: true, force: true })
  const pglite = await openPGlite(draft)
  await pglite.close()
  await rename(draft, dataDir)
}

/**
 * The community's adapter with two promises mended. Its `executeScript` does not wait for the script, and its
 * `commit` resolves even if the commit failed; here both report what happened.
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

/** Rows of one statement with values, or of all of several without. */
export async function executeOnPGlite(
  pglite: PGlite,
  text: string,
  values: unknown[] = [],
): Promise<{ rows: unknown[] }> {
  if (values.length > 0) return pglite.query(text, values)
  // There is one session for all: if a transaction failed halfway and stayed open, whoever comes next would fall into
  // it. Within one of PGlite's it is rolled back before anybody comes; the BEGIN of the text then only warns.
  const isTransaction = /^\s*BEGIN\b/i.test(text)
  const results = isTransaction ? await pglite.transaction((tx) => tx.exec(text)) : await pglite.exec(text)
  return { rows: results.flatMap(({ rows }) => rows) }
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
 * The adapter calls `transaction(...).catch(report)` and awaits what that returns as the outcome of the commit:
 * `catch` has to go on rejecting, or a failed commit would look like a good one.
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
