import type DataLoader from 'dataloader'
import type { Sql } from '../database/direct-sql.ts'
import { Prisma } from '../database/generated/client.ts'
import { changeTogether, loadTogether } from '../database/load-together.ts'
import { newId } from './model/ids.ts'
import { type PersonName, personFrom } from './model/person-name.ts'
import { chatOf } from './sql.ts'

export type AccountKey = { chat: string; accountId: string }
type NewAuthor = AccountKey & PersonName
type AuthorRow = { place: number; id: string; name: string; isSignedIn: boolean; chat: string | null }

/**
 * The people who write in chats, by their accounts. Those who write at the same time are found, and created, together: when
 * a poll comes into a room, hundreds may vote at once.
 */
export class ChatAuthors {
  readonly #sql: Sql
  readonly #clock: () => Date
  readonly #known: DataLoader<AccountKey, PersonName | undefined>
  readonly #new: DataLoader<NewAuthor, NewAuthor>

  constructor(sql: Sql, clock: () => Date) {
    this.#sql = sql
    this.#clock = clock
    this.#known = loadTogether((accounts) => this.#find(accounts))
    this.#new = changeTogether((authors) => this.#create(authors), 0)
  }

  /** The owner of the account, or else who gets it with the next sign-in. */
  find(account: AccountKey): Promise<PersonName | undefined> {
    return this.#known.load(account)
  }

  /** Creates a person who gets the account with the next sign-in, unless somebody has it meanwhile. */
  async create({ chat, accountId }: AccountKey, name: string): Promise<PersonName> {
    await this.#new.load({ chat, accountId, id: newId(), name })
    const author = await this.find({ chat, accountId })
    if (!author) throw new Error('The author of a message was deleted meanwhile.')
    return author
  }

  async #find(accounts: readonly AccountKey[]): Promise<(PersonName | undefined)[]> {
    const [chats, ids] = [accounts.map(({ chat }) => chat), accounts.map(({ accountId }) => accountId)]
    const rows = await this.#sql.$queryRaw<AuthorRow[]>`
      SELECT a.place::int, p.id, p.name, k.person_id IS NOT NULL AS "isSignedIn", ${chatOf(Prisma.sql`p.id`)} AS chat
      FROM unnest(${chats}::text[], ${ids}::text[]) WITH ORDINALITY AS a (chat, account_id, place)
        LEFT JOIN chat_accounts k ON k.chat = a.chat AND k.account_id = a.account_id
        LEFT JOIN unlinked_accounts u ON u.chat = a.chat AND u.account_id = a.account_id
        JOIN people p ON p.id = coalesce(k.person_id, u.person_id)`
    const found = new Map(rows.map(({ place, ...row }) => [place - 1, personFrom(row)]))
    return accounts.map((_, index) => found.get(index))
  }

  /** In the order of the accounts, so several processes do not deadlock. */
  async #create(authors: readonly NewAuthor[]): Promise<readonly NewAuthor[]> {
    await this.#sql.$executeRaw`
      WITH asked AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(authors)}::jsonb)
          AS a (chat text, "accountId" text, id text, name text)
      ), noted AS (
        INSERT INTO unlinked_accounts (chat, account_id, person_id)
        SELECT a.chat, a."accountId", a.id FROM asked a
        WHERE NOT EXISTS (SELECT FROM chat_accounts k WHERE k.chat = a.chat AND k.account_id = a."accountId")
        ORDER BY a.chat, a."accountId"
        ON CONFLICT DO NOTHING RETURNING person_id
      )
      INSERT INTO people (id, name, created_at)
      SELECT a.id, a.name, ${this.#clock()} FROM asked a JOIN noted n ON n.person_id = a.id`
    return authors
  }
}
