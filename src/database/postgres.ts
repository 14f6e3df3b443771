import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { type Sql, sqlThrough } from './direct-sql.ts'
import { shadowDatabase } from './embedded.ts'

/** Connections of one process. More would wait for the same two or four database cores. */
const poolSize = 10

export function openPool(url: string, settings: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    idle_in_transaction_session_timeout: 15_000,
    // A locked poll must not delay the others for long.
    lock_timeout: 2_000,
    // The server's own timeouts do not help when the server or the network hangs.
    query_timeout: 20_000,
    keepAlive: true,
    // Prisma's adapter reads timestamps as UTC. Plans of prepared statements and foreign keys are cached: a plan made
    // while a table was small must not scan the whole table later.
    options: '-c TimeZone=UTC -c enable_seqscan=off',
    application_name: 'polldock',
    ...settings,
  })
  // The pool replaces a broken idle connection; without this listener, its error would end the process.
  pool.on('error', () => {})
  return pool
}

/** The settings of the server at `url` with which a power failure may lose what was committed, or damage it. */
export async function unsafeSettings(url: string): Promise<string[]> {
  const pool = openPool(url, { max: 1 })
  try {
    const { rows } = await pool.query<{ name: string }>(
      `SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
       ORDER BY name`,
    )
    return rows.map(({ name }) => name)
  } finally {
    await pool.end()
  }
}

/** Returns the rows of one statement with values, prepared once per connection, or of several statements without. */
export async function executeOnPool(pool: pg.Pool, text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
  if (values.length > 0) return pool.query({ name: statementName(text), text, values })
  return { rows: [await pool.query(text)].flat().flatMap(({ rows }) => rows) }
}

/** Its statements are prepared once per connection. */
export function sqlOn(connection: Pick<pg.Pool, 'query'>): Sql {
  return sqlThrough(async (text, values) => {
    const { rows, rowCount } = await connection.query({ name: statementName(text), text, values })
    return { rows, count: rowCount ?? 0 }
  })
}

export async function transactOnPool<T>(pool: pg.Pool, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  // Without a listener, a connection that breaks between two statements would end the process.
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    await client.query('BEGIN')
    const result = await work(sqlOn(client as Pick<pg.Pool, 'query'>))
    const { command } = await client.query('COMMIT')
    // Also the answer when a statement had failed and `work` continued.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back.')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(onError)
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

/**
 * Sends these texts, each below 8,000 bytes, on a channel. Never within another transaction: a commit with a NOTIFY
 * holds one lock for the whole server until it is on disk, so the commits of all processes would wait in line.
 */
export async function notify(pool: pg.Pool, channel: string, texts: readonly string[]): Promise<void> {
  await executeOnPool(pool, 'SELECT pg_notify($1, said.text) FROM unnest($2::text[]) AS said(text)', [channel, texts])
}

/** Prisma's adapter for node-postgres, with statements prepared once per connection and scripts run whole. */
export class PostgresAdapterFactory extends PrismaPg implements SqlMigrationAwareDriverAdapterFactory {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    super(pool, { statementNameGenerator: ({ sql }) => statementName(sql) })
    this.#pool = pool
  }

  override async connect() {
    const adapter = await super.connect()
    // The original splits at every semicolon, also inside strings and functions. PostgreSQL runs the whole script as
    // one implicit transaction.
    adapter.executeScript = async (script) => {
      await this.#pool.query(script)
    }
    return adapter
  }

  override async connectToShadowDb() {
    return (await shadowDatabase()) as SqlDriverAdapter as Awaited<ReturnType<PrismaPg['connectToShadowDb']>>
  }
}

const statementNames = new Map<string, string>()
const maxStatements = 200

/** Empty past `maxStatements`, as every connection keeps each prepared statement. */
function statementName(sql: string): string {
  const known = statementNames.get(sql)
  if (known !== undefined) return known
  if (statementNames.size >= maxStatements) return ''
  const name = createHash('sha1').update(sql).digest('base64url')
  statementNames.set(sql, name)
  return name
}
