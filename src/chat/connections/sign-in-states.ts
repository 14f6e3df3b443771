import type { PrismaClient } from '../../database/generated/client.ts'
import { newToken, tokenHash } from '../../people/model/ids.ts'
import type { Credentials } from './credentials.ts'

/** How long somebody may be on their way, in milliseconds. */
const pairingLifetime = 15 * 60_000

/** Somebody on their way through a chat's sign-in, with what they are about to do. */
export type SignInState = {
  /** JSON that only the chat's own code understands. */
  purpose: unknown
  /** What acts in their name in the chat; until they have come back from there, there is none. */
  accessToken: string | undefined
}

type Row = { purpose: unknown; accessToken: string | null }

/**
 * The ways through a chat's sign-in that are not at their end. Each has a key that is only good in the browser that
 * began it, for 15 minutes and once: on the way there it is the OAuth `state`, and back here it leads to what is still
 * to be confirmed.
 */
export class SignInStates {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #credentials: Credentials

  /** @param credentials with keys for this alone: what acts for a person must not open what posts for a connection */
  constructor(prisma: PrismaClient, clock: () => Date, credentials: Credentials) {
    this.#prisma = prisma
    this.#clock = clock
    this.#credentials = credentials
  }

  /**
   * @param browser a secret that only that browser holds
   * @returns the key
   */
  async begin(browser: string, { purpose, accessToken }: SignInState): Promise<string> {
    const key = newToken()
    const now = this.#clock()
    await this.#prisma.pairing.create({
      data: {
        stateHash: hash(key),
        browserHash: hash(browser),
        purpose: purpose as object,
        accessToken: accessToken === undefined ? null : await this.#credentials.seal(accessToken),
        createdAt: now,
        expiresAt: new Date(now.getTime() + pairingLifetime),
      },
    })
    return key
  }

  /** What the key leads to; it can still be used. */
  async find(browser: string, key: string): Promise<SignInState | undefined> {
    const row = await this.#prisma.pairing.findFirst({ where: this.#valid(browser, key) })
    return row ? this.#read(row) : undefined
  }

  /** Uses the key: of all who come with it, one gets what it leads to, and nothing of it is kept. */
  async take(browser: string, key: string): Promise<SignInState | undefined> {
    const row = await this.find(browser, key)
    const { count } = await this.#prisma.pairing.deleteMany({ where: this.#valid(browser, key) })
    return count === 1 ? row : undefined
  }

  /**
   * Uses the key as `take` does, but lets it lead to this purpose from then on. Somebody who comes with it again finds out
   * what is being done.
   *
   * @returns what it led to; undefined without an access token
   */
  async exchange(browser: string, key: string, purpose: object): Promise<SignInState | undefined> {
    const row = await this.#prisma.pairing.findFirst({ where: this.#valid(browser, key) })
    if (!row?.accessToken) return undefined
    const where = { ...this.#valid(browser, key), accessToken: row.accessToken }
    const { count } = await this.#prisma.pairing.updateMany({ where, data: { purpose, accessToken: null } })
    return count === 1 ? this.#read(row) : undefined
  }

  /** Ends all that this browser began. */
  async forget(browser: string): Promise<void> {
    await this.#prisma.pairing.deleteMany({ where: { browserHash: hash(browser) } })
  }

  #valid(browser: string, key: string) {
    return { stateHash: hash(key), browserHash: hash(browser), expiresAt: { gt: this.#clock() } }
  }

  async #read({ purpose, accessToken }: Row): Promise<SignInState> {
    return { purpose, accessToken: accessToken === null ? undefined : await this.#credentials.open(accessToken) }
  }
}

function hash(secret: string): Buffer<ArrayBuffer> {
  return Buffer.from(tokenHash(secret), 'hex')
}
