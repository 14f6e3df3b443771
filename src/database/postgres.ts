import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { shadowDatabase } from './embedded.ts'

/** Connections of one process. More would only wait for each other behind the same two or four database cores. */
const poolSize = 10

export function openPool(url: string, settings: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    idle_in_transaction_session_timeout: 15_000,
    // A poll that somebody else keeps locked must not hold up the others for long.
    lock_timeout: 2_000,
    // The server's own timeouts do not help when it is the server, or the way to it, that hangs.
    query_timeout: 20_000,
    keepAlive: true,
    // Prisma's adapter reads timestamps as UTC, whatever the session's zone says. Plans of prepared statements and of
    // foreign keys are kept: one that was made while a table was small must not read it from end to end ever after.
    options: '-c TimeZone=UTC -c enable_seqscan=off',
    application_name: 'polldock',
    ...settings,
  })
  // A connection that breaks while idle is replaced at its next use; unheard, its error would end the process.
  pool.on('error', () => {})
  return pool
}

/** Rows of one statement with values, prepared once per connection, or of all of several without. */
export async function executeOnPool(pool: pg.Pool, text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
  if (values.length > 0) return pool.query({ name: statementName(text), text, values })
  return { rows: [await pool.query(text)].flat().flatMap(({ rows }) => rows) }
}

/**
 * Says these texts, of less than 8,000 bytes each, on a channel. Never as part of a transaction that does something
 * else: a commit with a NOTIFY in it takes a lock that is one for the whole server, and keeps it until it is on disk,
 * so that the commits of all processes would stand in line.
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
    // The original splits at every semicolon, also inside strings and functions, and runs the parts one by one;
    // PostgreSQL takes the script as one implicit transaction.
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

/** Only so many statements are prepared (each is kept by every connection); past the bound they go unnamed. */
function statementName(sql: string): string {
  const known = statementNames.get(sql)
  if (known !== undefined) return known
  if (statementNames.size >= maxStatements) return ''
  const name = createHash('sha1').update(sql).digest('base64url')
  statementNames.set(sql, name)
  return name
}
