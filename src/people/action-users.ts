import DataLoader from 'dataloader'
import type { PrismaClient } from '../database/generated/client.ts'
import type { PersonName } from './model/person-name.ts'

/** SHA-256 of the token, in hex. */
type UsedToken = { tokenHash: string; expiresAt: Date }
type Call = { accountId: string; tokenHash: string }
/** An account, or a used token if the person is null. */
type ActionUserRow = { key: string } & (PersonName | { id: null })

/**
 * Milliseconds for which lookups are collected. Other threads verify the requests' tokens one by one, so requests come
 * spread out. Those that are looked up together are also committed together.
 */
const gatherMs = 3

/**
 * Finds the person of a chat account that sent a signed token, which is valid for one request. Simultaneous requests are
 * looked up with one statement.
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
   * @param accountId without control characters, which PostgreSQL rejects
   * @returns undefined if nobody here has this account, or had it when the token was first used
   */
  find(accountId: string, tokenHash: string): Promise<PersonName | undefined> {
    return this.#found.load({ accountId, tokenHash })
  }

  /** Records that an account that nobody here has sent this token. */
  async markTokenUsed(tokenHash: string, expiresAt: Date): Promise<void> {
    await this.#spent.load({ tokenHash, expiresAt })
  }

  async #find(calls: readonly Call[]): Promise<(PersonName | undefined)[]> {
    const rows = await this.#prisma.$queryRaw<ActionUserRow[]>`
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
