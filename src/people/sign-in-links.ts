import { Prisma, type PrismaClient } from '../database/generated/client.ts'
import { newToken, tokenHash } from './model/ids.ts'
import type { PersonName } from './model/person-name.ts'
import { hasSignedIn } from './sql.ts'

/** A guest's private link, without its token. */
export type SignInLink = { createdAt: Date; lastUsedAt: Date | null }

/**
 * Private links with which guests continue as themselves in another browser. A guest has at most one. Its token is as
 * good as a password, so only its hash is stored. It works only for guests: other people sign in with their chat.
 */
export class SignInLinks {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date

  constructor(prisma: PrismaClient, clock: () => Date) {
    this.#prisma = prisma
    this.#clock = clock
  }

  /** Makes the guest's link; a former one no longer works. @returns its token */
  async replace(personId: string): Promise<string> {
    const token = newToken()
    const link = { tokenHash: hashOf(token), createdAt: this.#clock(), lastUsedAt: null }
    await this.#prisma.signInLink.upsert({
      where: { personId },
      create: { personId, ...link },
      update: link,
    })
    return token
  }

  /** Makes the guest's first link. @returns undefined if they have one */
  async createFirst(personId: string): Promise<string | undefined> {
    const token = newToken()
    const data = { personId, tokenHash: hashOf(token), createdAt: this.#clock() }
    const { count } = await this.#prisma.signInLink.createMany({ data, skipDuplicates: true })
    return count === 1 ? token : undefined
  }

  async of(personId: string): Promise<SignInLink | null> {
    return this.#prisma.signInLink.findUnique({
      where: { personId },
      select: { createdAt: true, lastUsedAt: true },
    })
  }

  /** The guest whose link this is; undefined if it does not work. */
  async find(token: string): Promise<PersonName | undefined> {
    const rows = await this.#prisma.$queryRaw<PersonName[]>`
      SELECT p.id, p.name FROM sign_in_links l JOIN people p ON p.id = l.person_id
      WHERE l.token_hash = ${hashOf(token)} AND NOT ${hasSignedIn(Prisma.sql`p.id`)}`
    return rows[0]
  }

  async noteUse(personId: string): Promise<void> {
    await this.#prisma.signInLink.updateMany({ where: { personId }, data: { lastUsedAt: this.#clock() } })
  }

  /** Ends the link, and every session of the guest but the one with this hash. */
  async revoke(personId: string, keptSession: string): Promise<void> {
    await this.#prisma.$transaction([
      this.#prisma.signInLink.deleteMany({ where: { personId } }),
      this.#prisma.session.deleteMany({
        where: { personId, tokenHash: { not: Buffer.from(keptSession, 'hex') } },
      }),
    ])
  }
}

function hashOf(token: string): Buffer<ArrayBuffer> {
  return Buffer.from(tokenHash(token), 'hex')
}
