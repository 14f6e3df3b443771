import DataLoader from 'dataloader'
import type { PrismaClient } from '../database/generated/client.ts'
import type { PersonName } from './model/person-name.ts'

/** SHA-256 of the token, in hex. */
type UsedToken = { tokenHash: string; expiresAt: Date }
type Call = { accountId: string; tokenHash: string }
/** Of an account, or, without a person, of a token that was spent. */
type Row = { key: string } & (PersonName | { id: null })

/**
 * For how long requests gather, in milliseconds. Their tokens are verified on other threads, one by one, so that they
 * come in a trickle; those that are looked up together are also committed together.
 */
const gatherMs = 3

/**
 * Whom a chat vouches for, with a token that is good for one request. Requests that arrive together are looked up
 * together.
 */
export class ActionUsers {
  readonly #prisma: PrismaClient
  readonly #chat: string
  readonly #found: DataLoader<Call, PersonName | undefined>
  readonly #spent: DataLoader<UsedToken, true>

  /** @param chat as in `ChatAccount.chat` */
  constructor(prisma: PrismaClient, chat: string) {
    this.#prisma = prisma
    this.#chat = chat
    const together = {
      cache: false,
      maxBatchSize: 500,
      batchScheduleFn: (load: () => void) => void setTimeout(load, gatherMs),
    }
    this.#found = new DataLoader((calls) => this.#find(calls), together)
    this.#spent = new DataLoader((tokens) => this.#spend(tokens), together)
  }

  /**
   * @param accountId without control characters, which no database takes
   * @returns undefined for a stranger; with a token that they sent as one they stay one
   */
  find(accountId: string, tokenHash: string): Promise<PersonName | undefined> {
    return this.#found.load({ accountId, tokenHash })
  }

  /** Notes that a stranger has sent this token. */
  async markTokenUsed(tokenHash: string, expiresAt: Date): Promise<void> {
    await this.#spent.load({ tokenHash, expiresAt })
  }

  async #find(calls: readonly Call[]): Promise<(PersonName | undefined)[]> {
    const rows = await this.#prisma.$queryRaw<Row[]>`
      SELECT a.account_id AS key, p.id, p.name FROM chat_accounts a JOIN people p ON p.id = a.person_id
      WHERE a.chat = ${this.#chat} AND a.account_id = ANY(${calls.map(({ accountId }) => accountId)})
      UNION ALL
      SELECT encode(token_hash, 'hex'), NULL, NULL FROM spent_tokens
      WHERE token_hash = ANY(ARRAY(
        SELECT decode(h, 'hex') FROM unnest(${calls.map(({ tokenHash }) => tokenHash)}::text[]) AS h
      ))`
    const spent = new Set(rows.filter(({ id }) => id === null).map(({ key }) => key))
    const people = new Map(
      rows.flatMap((row): [string, PersonName][] =>
        row.id === null ? [] : [[row.key, { id: row.id, name: row.name, isSignedIn: true }]],
      ),
    )
    return calls.map(({ accountId, tokenHash }) => (spent.has(tokenHash) ? undefined : people.get(accountId)))
  }

  async #spend(tokens: readonly UsedToken[]): Promise<true[]> {
    const data = tokens.map(({ tokenHash, expiresAt }) => ({ tokenHash: Buffer.from(tokenHash, 'hex'), expiresAt }))
    await this.#prisma.spentToken.createMany({ data, skipDuplicates: true })
    return tokens.map(() => true)
  }
}

export async function deleteExpiredTokens(prisma: PrismaClient, now: Date): Promise<void> {
  await prisma.spentToken.deleteMany({ where: { expiresAt: { lte: now } } })
}
