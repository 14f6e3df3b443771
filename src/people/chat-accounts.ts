import type { Sql } from '../database/direct-sql.ts'
import { Prisma, type PrismaClient } from '../database/generated/client.ts'
import { mayBeInLogs } from '../polls/queries/polls-involving.ts'
import { type AccountKey, ChatAuthors } from './chat-authors.ts'
import { newId } from './model/ids.ts'
import type { PersonName } from './model/person-name.ts'
import { makePagesStale, personName, renamedNow } from './people.ts'

/** A person's account in a chat, as the chat describes it. */
export type ChatAccount = {
  chat: string
  accountId: string
  name: string
  email: string | null
  avatarUrl: string | null
}

/** An account with which a person has signed in. */
export type LinkedAccount = ChatAccount & {
  linkedAt: Date
  /** External ids of the connections that the account was recently seen to have access to. */
  sees: string[]
  /** Whether its access was shown too long ago, and has to be shown again. */
  mustShowAgain: boolean
}

/** Milliseconds for which an account's access to a connection stays valid. */
const maxSeenMs = 7 * 86_400_000

/** The chat accounts with which people have signed in. */
export class ChatAccounts {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #authors: ChatAuthors

  constructor(prisma: PrismaClient, clock: () => Date, sql: Sql = prisma) {
    this.#prisma = prisma
    this.#clock = clock
    this.#authors = new ChatAuthors(sql, clock)
  }

  /**
   * Returns the owner of the account: the person who signed in with it before, even if they have unlinked it and have no
   * other account of that chat; else the person of this browser, if they have no account of that chat; else a new person.
   * Updates the account's name, e-mail address and picture.
   *
   * @param current the person of this browser. A guest is no guest from now on
   */
  async signIn(account: ChatAccount, current: PersonName | undefined): Promise<PersonName> {
    const known = await this.#refresh(account)
    if (known) return known
    const former = await this.formerOwner(account)
    const own = await this.#ifWithoutAccount(account.chat, current)
    // A person who has signed in with another chat takes over what was done with this account before.
    const isTakenOver = own && former && (await this.#isSignedIn(own)) && !(await this.#isSignedIn(former))
    const person = (isTakenOver ? own : (former ?? own)) ?? newPerson(account)
    try {
      await this.#prisma.$transaction((tx) => link(tx, account, person, this.#clock()))
      return person
    } catch (error) {
      // A simultaneous request linked the account first.
      const owner = await this.#refresh(account)
      if (owner) return owner
      throw error
    }
  }

  /**
   * The person who wrote something in a chat: the owner of the account, or else a person who gets the account with the
   * next sign-in. Until then they are a guest with the name of the account.
   *
   * @param nameOf finds the name of the account, for a new person
   */
  async authorOf(account: AccountKey, nameOf: () => string | Promise<string>): Promise<PersonName> {
    const known = await this.#authors.find(account)
    return known ?? this.#authors.create(account, displayName({ name: await nameOf() }))
  }

  /** The accounts that a person has signed in with. */
  async of(personId: string): Promise<LinkedAccount[]> {
    const rows = await this.#prisma.chatAccount.findMany({ where: { personId }, orderBy: { linkedAt: 'desc' } })
    const since = this.#seenSince()
    return rows.map(({ sees, seenAt, ...account }) => {
      const isRecent = seenAt !== null && seenAt > since
      return { ...account, sees: isRecent ? sees : [], mustShowAgain: !isRecent && sees.length > 0 }
    })
  }

  /** Unlinks the account from the person, who keeps what they did. Idempotent. */
  async unlink(personId: string, { chat, accountId }: AccountKey): Promise<void> {
    await this.#prisma.$executeRaw`
      WITH unlinked AS (
        DELETE FROM chat_accounts WHERE chat = ${chat} AND account_id = ${accountId} AND person_id = ${personId}
        RETURNING chat, account_id, person_id
      ), shown_otherwise AS (
        UPDATE people SET renamed_at = ${renamedNow(this.#clock())}
        WHERE id IN (SELECT person_id FROM unlinked) AND ${mayBeInLogs(personId)}
      )
      INSERT INTO unlinked_accounts (chat, account_id, person_id) SELECT * FROM unlinked`
  }

  /** Replaces the connections to which the account has access. */
  async setSeen({ chat, accountId }: ChatAccount, externalIds: readonly string[]): Promise<void> {
    const data = { sees: [...externalIds], seenAt: this.#clock() }
    await this.#prisma.chatAccount.updateMany({ where: { chat, accountId }, data })
  }

  /** Adds a connection to which the account has access. Drops those that were shown too long ago. */
  async addSeen({ chat, accountId }: ChatAccount, externalId: string): Promise<void> {
    const isRecent = Prisma.sql`coalesce(seen_at > ${this.#seenSince()}, FALSE)`
    await this.#prisma.$executeRaw`
      UPDATE chat_accounts SET
        sees = CASE WHEN ${isRecent} THEN array_remove(sees, ${externalId}) ELSE '{}' END || ${externalId}::text,
        seen_at = CASE WHEN ${isRecent} THEN seen_at ELSE ${this.#clock()} END
      WHERE chat = ${chat} AND account_id = ${accountId}`
  }

  #seenSince(): Date {
    return new Date(this.#clock().getTime() - maxSeenMs)
  }

  /** The person who gets an account with its next sign-in; undefined while somebody is signed in with it. */
  async formerOwner({ chat, accountId }: AccountKey): Promise<PersonName | undefined> {
    const where = { chat, accountId, person: { chatAccounts: { none: { chat } } } }
    const select = { person: { select: { id: true, name: true } } }
    return (await this.#prisma.unlinkedAccount.findFirst({ where, select }))?.person
  }

  async #ifWithoutAccount(chat: string, person: PersonName | undefined): Promise<PersonName | undefined> {
    if (!person) return undefined
    const accounts = await this.#prisma.chatAccount.count({ where: { chat, personId: person.id } })
    return accounts === 0 ? person : undefined
  }

  async #isSignedIn({ id }: PersonName): Promise<boolean> {
    return (await this.#prisma.chatAccount.count({ where: { personId: id } })) > 0
  }

  async #refresh({ chat, accountId, ...profile }: ChatAccount): Promise<PersonName | undefined> {
    const where = { chat, accountId }
    const { count } = await this.#prisma.chatAccount.updateMany({ where, data: profile })
    if (count === 0) return undefined
    const select = { person: { select: { id: true, name: true } } }
    return (await this.#prisma.chatAccount.findFirst({ where, select }))?.person
  }
}

/** What a chat shows of the accounts of these people, by person id. */
export async function chatProfiles(
  prisma: PrismaClient,
  chat: string,
  personIds: readonly string[],
): Promise<Map<string, Pick<ChatAccount, 'name' | 'avatarUrl'>>> {
  const rows = await prisma.chatAccount.findMany({
    where: { chat, personId: { in: [...new Set(personIds)] } },
    select: { personId: true, name: true, avatarUrl: true },
    orderBy: { linkedAt: 'asc' },
  })
  return new Map(rows.map(({ personId, ...profile }) => [personId, profile]))
}

/**
 * The accounts of a chat by which these people vote, by person id: also an account that a person has unlinked, or has not
 * signed in with yet, as nobody else gets it.
 */
export async function votingAccounts(
  prisma: PrismaClient,
  chat: string,
  personIds: readonly string[],
): Promise<Map<string, string[]>> {
  const [where, select] = [
    { chat, personId: { in: [...personIds] } },
    { personId: true, accountId: true },
  ]
  const linked = await prisma.chatAccount.findMany({ where, select })
  const others = await prisma.unlinkedAccount.findMany({ where, select })
  const byPerson = Map.groupBy([...linked, ...others], ({ personId }) => personId)
  return new Map([...byPerson].map(([personId, rows]) => [personId, rows.map(({ accountId }) => accountId)]))
}

async function link(tx: Prisma.TransactionClient, account: ChatAccount, { id, name }: PersonName, now: Date) {
  const { count: isNew } = await tx.person.createMany({ data: [{ id, name, createdAt: now }], skipDuplicates: true })
  await tx.unlinkedAccount.deleteMany({ where: { chat: account.chat, accountId: account.accountId } })
  await tx.chatAccount.create({ data: { ...account, personId: id, sees: [], linkedAt: now } })
  await tx.signInLink.deleteMany({ where: { personId: id } })
  // Cached pages still show them as a guest.
  if (!isNew) await makePagesStale(tx, { personId: id, named: id, now })
}

function newPerson(account: Pick<ChatAccount, 'name'>): PersonName {
  return { id: newId(), name: displayName(account) }
}

/** A name in a chat may be longer than ours, or invisible. */
function displayName({ name }: Pick<ChatAccount, 'name'>): string {
  const { data } = personName.safeParse([...name].slice(0, 60).join(''))
  return data ?? 'Somebody'
}
