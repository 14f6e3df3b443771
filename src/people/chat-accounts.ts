import { Prisma, type PrismaClient } from '../database/generated/client.ts'
import { newId } from './ids.ts'
import { personName } from './people.ts'
import type { PersonName } from './types.ts'

/** Whom a chat says somebody is. */
export type ChatAccount = {
  chat: string
  accountId: string
  name: string
  email: string | null
  avatarUrl: string | null
}

/** Whether the person p has signed in with a chat, and is no guest. */
export const isSignedIn = Prisma.sql`EXISTS (SELECT FROM chat_accounts a WHERE a.person_id = p.id)`

/** Which accounts of chats people have signed in with. */
export class ChatAccounts {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date

  constructor(prisma: PrismaClient, clock: () => Date) {
    this.#prisma = prisma
    this.#clock = clock
  }

  /**
   * Whose account it is: the person who signed in with it before; else the guest of this browser, who thereby is no
   * guest any more; else somebody new. What the chat tells of the account is kept as it is now.
   */
  async signIn(account: ChatAccount, guest: PersonName | undefined): Promise<PersonName> {
    const known = await this.#refresh(account)
    if (known) return known
    const isGuest = guest && (await this.#prisma.chatAccount.count({ where: { personId: guest.id } })) === 0
    const person = isGuest ? guest : { id: newId(), name: displayName(account) }
    try {
      await this.#prisma.$transaction((tx) => link(tx, account, person, this.#clock()))
      return person
    } catch (error) {
      // Somebody else, or a double click, was faster: then the account is theirs.
      const owner = await this.#refresh(account)
      if (owner) return owner
      throw error
    }
  }

  /** The accounts that a person has signed in with. */
  async of(personId: string): Promise<(ChatAccount & { sees: string[] })[]> {
    return this.#prisma.chatAccount.findMany({ where: { personId }, orderBy: { linkedAt: 'desc' } })
  }

  /** Notes which ends of connections the account can see in the chat, in place of what it could before. */
  async setSeen({ chat, accountId }: ChatAccount, externalIds: readonly string[]): Promise<void> {
    await this.#prisma.chatAccount.updateMany({ where: { chat, accountId }, data: { sees: [...externalIds] } })
  }

  /** Notes one more that it can see. */
  async addSeen({ chat, accountId }: ChatAccount, externalId: string): Promise<void> {
    const where = { chat, accountId, NOT: { sees: { has: externalId } } }
    await this.#prisma.chatAccount.updateMany({ where, data: { sees: { push: externalId } } })
  }

  async #refresh({ chat, accountId, ...profile }: ChatAccount): Promise<PersonName | undefined> {
    const where = { chat, accountId }
    const { count } = await this.#prisma.chatAccount.updateMany({ where, data: profile })
    if (count === 0) return undefined
    const select = { person: { select: { id: true, name: true } } }
    return (await this.#prisma.chatAccount.findFirst({ where, select }))?.person
  }
}

async function link(tx: Prisma.TransactionClient, account: ChatAccount, { id, name }: PersonName, now: Date) {
  await tx.person.createMany({ data: [{ id, name, createdAt: now }], skipDuplicates: true })
  await tx.chatAccount.create({ data: { ...account, personId: id, sees: [], linkedAt: now } })
}

/** Names in a chat may be longer than ours, or have nothing to be seen in them. */
function displayName({ name }: ChatAccount): string {
  const { data } = personName.safeParse([...name].slice(0, 60).join(''))
  return data ?? 'Somebody'
}
