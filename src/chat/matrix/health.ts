import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { NetworkError } from '../http/chat-http.ts'
import type { MatrixConfig } from './config.ts'
import { type Homeserver, MatrixError } from './homeserver.ts'

/** How often the homeserver is asked, in milliseconds; more often while something is wrong. */
const checkMs = { well: 300_000, trouble: 15_000 }

/** Whether Polldock and the homeserver reach each other and know each other's tokens. */
export class MatrixHealth {
  readonly #config: MatrixConfig
  readonly #homeserver: Homeserver
  readonly #stopping = new AbortController()
  #trouble: string | undefined
  #checking: Promise<void> | undefined

  constructor(config: MatrixConfig, homeserver: Homeserver) {
    this.#config = config
    this.#homeserver = homeserver
  }

  /** What is wrong, for people; undefined when all is well, or nothing is known yet. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Checks until `stop`. Polldock must be listening: the homeserver is asked to call it. */
  start(log: FastifyBaseLogger): void {
    this.#checking ??= this.#checkUntilStopped(log)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#checking
  }

  /** Asks the homeserver who Polldock is there, and to call Polldock. Resolves to what is wrong. */
  async check(signal?: AbortSignal): Promise<string | undefined> {
    this.#trouble = await this.#troubleNow(signal)
    return this.#trouble
  }

  async #troubleNow(signal?: AbortSignal): Promise<string | undefined> {
    const { bot } = this.#config
    try {
      const account = await this.#homeserver.whoami(signal)
      if (account !== bot)
        return `The token in MATRIX_AS_TOKEN is that of ${account}, not of ${bot}. Compare it, MATRIX_BOT and MATRIX_SERVER_NAME with the registration.`
    } catch (error) {
      return `Polldock cannot use the homeserver. ${reasonOf(error)}`
    }
    try {
      await this.#homeserver.ping(randomUUID(), signal)
      return undefined
    } catch (error) {
      return `The homeserver cannot reach Polldock, so nothing that people do there arrives. Compare the url and hs_token of the registration. ${reasonOf(error)}`
    }
  }

  async #checkUntilStopped(log: FastifyBaseLogger): Promise<void> {
    const { signal } = this.#stopping
    let before: string | undefined | null = null
    while (!signal.aborted) {
      const trouble = await this.check(signal)
      if (signal.aborted) return
      if (trouble !== before && trouble) log.warn({ trouble }, 'Matrix does not work')
      else if (trouble !== before) log.info({ account: this.#config.bot }, 'Matrix works')
      before = trouble
      await sleep(trouble ? checkMs.trouble : checkMs.well, undefined, { signal }).catch(() => {})
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof MatrixError || error instanceof NetworkError) return error.message
  throw error
}
