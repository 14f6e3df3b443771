import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Called for notifications and changes of the connection. The functions must not throw. */
export type ChannelListener = {
  message(text: string): void
  /** Notifications arrive from now on; those since the last failure are lost. */
  connected(): void
  /** No notifications arrive until `connected`; the listener retries without limit. */
  failed(error: unknown): void
}

/** How often to check the connection, and how long the server may take to answer. */
const defaultTiming = { pingIntervalMs: 5_000, timeoutMs: 5_000 }
/** Exponential backoff before reconnecting. */
const minWaitMs = 100
const maxWaitMs = 5_000

/**
 * Listens to one channel of PostgreSQL (LISTEN) on its own connection, as the pool closes idle ones. Through a pooler
 * in transaction mode, such as PgBouncer, notifications can be lost without an error.
 */
export class Listener {
  readonly #url: string
  readonly #channel: string
  readonly #listener: ChannelListener
  readonly #timing: typeof defaultTiming
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #client: pg.Client | undefined
  #waitMs = minWaitMs

  constructor(url: string, channel: string, listener: ChannelListener, timing = defaultTiming) {
    this.#url = url
    this.#channel = channel
    this.#listener = listener
    this.#timing = timing
    this.#ended = this.#listenRepeatedly()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#disconnect()
    await this.#ended
  }

  async #listenRepeatedly(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#listen().catch((error) => {
        if (!signal.aborted) this.#listener.failed(error)
      })
      this.#disconnect()
      await sleep(this.#waitMs, undefined, { signal }).catch(() => {})
      this.#waitMs = Math.min(2 * this.#waitMs, maxWaitMs)
    }
  }

  /** Runs while the connection is open; rejects when it breaks. */
  async #listen(): Promise<never> {
    const client = connectionTo(this.#url, this.#timing.timeoutMs)
    this.#client = client
    const { promise: broken, reject } = Promise.withResolvers<never>()
    client.on('error', reject).once('end', () => reject(new Error('The connection has ended.')))
    client.on('notification', ({ payload = '' }) => this.#listener.message(payload))
    return Promise.race([broken, this.#keepOpen(client)])
  }

  async #keepOpen(client: pg.Client): Promise<never> {
    const { signal } = this.#stopping
    await client.connect()
    await client.query(`LISTEN ${client.escapeIdentifier(this.#channel)}`)
    this.#waitMs = minWaitMs
    this.#listener.connected()
    for (;;) {
      await sleep(this.#timing.pingIntervalMs, undefined, { signal })
      // A connection that only listens does not notice that the server is gone.
      await client.query('SELECT')
    }
  }

  /** Does not wait: a dead server does not answer. */
  #disconnect(): void {
    this.#client?.end().catch(() => {})
  }
}

function connectionTo(url: string, timeoutMs: number): pg.Client {
  return new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    keepAlive: true,
    application_name: 'polldock listener',
  })
}
