import type { PrismaClient } from '../../database/generated/client.ts'
import { newToken, tokenHash } from '../../people/model/ids.ts'
import type { Credentials } from './credentials.ts'

/** How long a sign-in may take, in milliseconds. */
const pairingLifetime = 15 * 60_000

/** A sign-in with a chat that is under way, and its purpose. */
export type SignInState = {
  /** JSON that only the code of this chat reads. */
  purpose: unknown
  /** The person's access token in the chat; undefined until the chat has redirected back. */
  accessToken: string | undefined
}

type Row = { purpose: unknown; accessToken: string | null }

/**
 * Sign-ins with a chat that are under way. Each has a key that works once, within 15 minutes, in the browser that
 * started it. It is the OAuth `state`, and after the redirect it leads to the page that confirms the setup.
 */
export class SignInStates {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #credentials: Credentials

  /**
   * @param credentials with keys for this purpose only: access tokens of people and tokens of connections have separate
   * keys
   */
  constructor(prisma: PrismaClient, clock: () => Date, credentials: Credentials) {
    this.#prisma = prisma
    this.#clock = clock
    this.#credentials = credentials
  }

  /**
   * @param browser the secret of the browser's cookie
   * @param key unless people have to type it, a long one
   * @returns the key
   */
  async begin(browser: string, { purpose, accessToken }: SignInState, key = newToken()): Promise<string> {
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

  /** Reads the state without using the key. */
  async find(browser: string, key: string): Promise<SignInState | undefined> {
    const row = await this.#prisma.pairing.findFirst({ where: this.#valid(browser, key) })
    return row ? this.#read(row) : undefined
  }

  /** Uses the key and deletes the state: of several requests with one key, one gets it. */
  async take(browser: string, key: string): Promise<SignInState | undefined> {
    const row = await this.find(browser, key)
    const { count } = await this.#prisma.pairing.deleteMany({ where: this.#valid(browser, key) })
    return count === 1 ? row : undefined
  }

  /**
   * Uses the key like `take`, but stores a new purpose under it: a second request with the key learns what is under
   * way.
   *
   * @returns the state before; undefined when it has no access token
   */
  async exchange(browser: string, key: string, purpose: object): Promise<SignInState | undefined> {
    const row = await this.#prisma.pairing.findFirst({ where: this.#valid(browser, key) })
    if (!row?.accessToken) return undefined
    const where = { ...this.#valid(browser, key), accessToken: row.accessToken }
    const { count } = await this.#prisma.pairing.updateMany({ where, data: { purpose, accessToken: null } })
    return count === 1 ? this.#read(row) : undefined
  }

  /**
   * Adds what the chat says of the person who sent it the key. Only the first one counts; a repetition changes nothing.
   *
   * @returns whether the key is valid, and nobody else sent it before
   */
  async prove(key: string, proof: object): Promise<boolean> {
    const added = JSON.stringify({ proof })
    const count = await this.#prisma.$executeRaw`
      UPDATE pairings SET purpose = purpose || ${added}::jsonb
      WHERE state_hash = ${hash(key)} AND expires_at > ${this.#clock()}
        AND (purpose->'proof' IS NULL OR purpose @> ${added}::jsonb)`
    return count > 0
  }

  /** Deletes all states of this browser. */
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

export async function deleteExpiredSignIns(prisma: PrismaClient, now: Date): Promise<void> {
  await prisma.pairing.deleteMany({ where: { expiresAt: { lte: now } } })
}
