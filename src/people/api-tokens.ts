import { createHash } from 'node:crypto'
import type DataLoader from 'dataloader'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { z } from 'zod'
import type { Sql } from '../database/direct-sql.ts'
import type { Prisma, PrismaClient } from '../database/generated/client.ts'
import { loadTogether } from '../database/load-together.ts'
import { Refusal } from '../errors.ts'
import { type FormKey, keepAnswer, storedAnswer } from '../polls/ballot-box/idempotency.ts'
import { line } from '../polls/inputs/text.ts'
import { isId, newId, newToken, tokenHash } from './model/ids.ts'
import type { PersonName } from './model/person-name.ts'
import { isSignedIn } from './sql.ts'

export const newApiToken = z.strictObject({ name: line('The name', { min: 1, max: 60 }) })

/** A personal token as its owner sees it later: without the secret. */
export type ApiToken = { id: string; name: string; createdAt: Date; lastUsedAt: Date | null }

/** The idempotency key of a form, and the `secret` that only the form holds. */
export type OnceKey = FormKey & { secret: string }

const maxTokens = 50
const hourInMs = 3_600_000

/** The owner of a token. `isSignedIn`: they have signed in with a chat; otherwise they are a guest. */
export type TokenOwner = PersonName & { isSignedIn: boolean }

type TokenRow = TokenOwner & { hash: string; tokenId: string; lastUsedAt: Date | null }

/** Personal tokens for the JSON API (`Authorization: Bearer`). */
export class ApiTokens {
  readonly #prisma: PrismaClient
  readonly #sql: Sql
  readonly #clock: () => Date
  readonly #byHash: DataLoader<string, TokenRow | undefined>
  readonly #used: DataLoader<string, Date>

  constructor(prisma: PrismaClient, clock: () => Date, sql: Sql = prisma) {
    this.#prisma = prisma
    this.#sql = sql
    this.#clock = clock
    this.#byHash = loadTogether((hashes) => this.#load(hashes))
    this.#used = loadTogether((ids) => this.#noteUse(ids))
  }

  /**
   * @returns the secret, which is not stored, and the token's id
   * @throws {Refusal} `forbidden` if the person has the maximum of tokens
   */
  async create(personId: string, name: string): Promise<{ id: string; token: string }> {
    const token = newToken()
    return { id: await this.#insert(this.#prisma, personId, name, token), token }
  }

  /**
   * Makes a token for a form that may be sent twice: the same form gives the same token, within a day. The token is
   * stored encrypted with what only the form holds.
   *
   * @returns undefined when the token was revoked since
   */
  async createOnce(personId: string, name: string, { secret, ...form }: OnceKey): Promise<string | undefined> {
    const answerKey = { owner: personId, ...form }
    const token = newToken()
    const sealed = await seal(token, secret)
    const isNew = await this.#prisma.$transaction(async (tx) => {
      if (!(await keepAnswer(tx, answerKey, sealed, this.#clock()))) return false
      await this.#insert(tx, personId, name, token)
      return true
    })
    if (isNew) return token
    const former = await open(String(await storedAnswer({ prisma: this.#prisma }, answerKey)), secret)
    const left = await this.#prisma.apiToken.count({ where: { tokenHash: Buffer.from(tokenHash(former), 'hex') } })
    return left === 1 ? former : undefined
  }

  async #insert(tx: Prisma.TransactionClient, personId: string, name: string, token: string): Promise<string> {
    if ((await tx.apiToken.count({ where: { personId } })) >= maxTokens) {
      throw new Refusal(
        'forbidden',
        `You have ${maxTokens} tokens, which is the most. Revoke one that you no longer use.`,
      )
    }
    const data = { id: newId(), personId, name, createdAt: this.#clock() }
    await tx.apiToken.create({ data: { ...data, tokenHash: Buffer.from(tokenHash(token), 'hex') } })
    return data.id
  }

  async list(personId: string): Promise<ApiToken[]> {
    return this.#prisma.apiToken.findMany({
      where: { personId },
      select: { id: true, name: true, createdAt: true, lastUsedAt: true },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    })
  }

  /** @throws {Refusal} `not_found` when the person has no such token */
  async revoke(personId: string, id: string): Promise<void> {
    const { count } = isId(id) ? await this.#prisma.apiToken.deleteMany({ where: { personId, id } }) : { count: 0 }
    if (count === 0) throw new Refusal('not_found', 'You have no such token.')
  }

  /** The owner of this token. Records its use at most once an hour. */
  async find(token: string): Promise<TokenOwner | undefined> {
    const row = await this.#byHash.load(tokenHash(token))
    if (!row) return undefined
    const lastUse = row.lastUsedAt?.getTime() ?? Number.NEGATIVE_INFINITY
    if (this.#clock().getTime() - lastUse > hourInMs) await this.#used.load(row.tokenId)
    return { id: row.id, name: row.name, isSignedIn: row.isSignedIn }
  }

  async #load(hashes: readonly string[]): Promise<(TokenRow | undefined)[]> {
    const rows = await this.#sql.$queryRaw<TokenRow[]>`
      SELECT encode(t.token_hash, 'hex') AS hash, t.id AS "tokenId", t.last_used_at AS "lastUsedAt", p.id, p.name,
        ${isSignedIn} AS "isSignedIn"
      FROM api_tokens t JOIN people p ON p.id = t.person_id
      WHERE t.token_hash = ANY(ARRAY(SELECT decode(h, 'hex') FROM unnest(${hashes}::text[]) AS h))`
    const tokens = new Map(rows.map((row) => [row.hash, row]))
    return hashes.map((hash) => tokens.get(hash))
  }

  /** Skips locked rows: another process is recording their use. */
  async #noteUse(ids: readonly string[]): Promise<Date[]> {
    const now = this.#clock()
    await this.#prisma.$executeRaw`
      UPDATE api_tokens SET last_used_at = ${now}
      WHERE id = ANY(ARRAY(SELECT id FROM api_tokens WHERE id = ANY(${ids}) FOR UPDATE SKIP LOCKED))`
    return ids.map(() => now)
  }
}

/** JWE (RFC 7516). */
function seal(token: string, secret: string): Promise<string> {
  const header = { alg: 'dir', enc: 'A256GCM' }
  return new CompactEncrypt(new TextEncoder().encode(token)).setProtectedHeader(header).encrypt(keyOf(secret))
}

async function open(sealed: string, secret: string): Promise<string> {
  const { plaintext } = await compactDecrypt(sealed, keyOf(secret))
  return new TextDecoder().decode(plaintext)
}

function keyOf(secret: string): Uint8Array {
  return createHash('sha256').update(`api token ${secret}`).digest()
}
