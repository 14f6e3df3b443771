import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Told what comes over a channel, and how the connection to it is. None of it may throw. */
export type ChannelListener = {
  message(text: string): void
  /** It is heard what is said from now on; what was said before, since it last failed, was missed. */
  connected(): void
  /** Nothing is heard until it is connected again, which is tried without end. */
  failed(error: unknown): void
}

/** How often to ask whether the other end is still there, and how long it may take to answer, in milliseconds. */
const defaultTiming = { beatMs: 5_000, patienceMs: 5_000 }
/** How long to wait before connecting again: twice as long each time. */
const minWaitMs = 100
const maxWaitMs = 5_000

/**
 * Hears what is said on one channel of PostgreSQL (LISTEN), on a connection of its own, as those of the pool come and
 * go. Through a pooler that lends sessions by the transaction, such as PgBouncer, nothing may be heard, and nobody told
 * so.
 */
export class Listener {
  readonly #url: string
  readonly #channel: string
  readonly #hearing: ChannelListener
  readonly #timing: typeof defaultTiming
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #client: pg.Client | undefined
  #waitMs = minWaitMs

  constructor(url: string, channel: string, hearing: ChannelListener, timing = defaultTiming) {
    this.#url = url
    this.#channel = channel
    this.#hearing = hearing
    this.#timing = timing
    this.#ended = this.#listenOn()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#hangUp()
    await this.#ended
  }

  async #listenOn(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#listen().catch((error) => {
        if (!signal.aborted) this.#hearing.failed(error)
      })
      this.#hangUp()
      await sleep(this.#waitMs, undefined, { signal }).catch(() => {})
      this.#waitMs = Math.min(2 * this.#waitMs, maxWaitMs)
    }
  }

  /** For as long as the connection stands; rejects when it does not. */
  async #listen(): Promise<never> {
    const client = connectionTo(this.#url, this.#timing.patienceMs)
    this.#client = client
    const { promise: broken, reject } = Promise.withResolvers<never>()
    client.on('error', reject).once('end', () => reject(new Error('The connection has ended.')))
    client.on('notification', ({ payload = '' }) => this.#hearing.message(payload))
    return Promise.race([broken, this.#stayOn(client)])
  }

  async #stayOn(client: pg.Client): Promise<never> {
    const { signal } = this.#stopping
    await client.connect()
    await client.query(`LISTEN ${client.escapeIdentifier(this.#channel)}`)
    this.#waitMs = minWaitMs
    this.#hearing.connected()
    for (;;) {
      await sleep(this.#timing.beatMs, undefined, { signal })
      // Who only listens does not notice that nobody is there any more.
      await client.query('SELECT')
    }
  }

  /** Not waited for: an end that is dead does not say goodbye. */
  #hangUp(): void {
    this.#client?.end().catch(() => {})
  }
}

function connectionTo(url: string, patienceMs: number): pg.Client {
  return new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
    keepAlive: true,
    application_name: 'polldock listener',
  })
}
