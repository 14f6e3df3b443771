import type { PrismaClient } from '../../database/generated/client.ts'

/** A connection whose threads this process reads. `credentials` are encrypted. */
export type ReadingConnection = {
  id: string
  chat: string
  roomName: string
  address: unknown
  credentials: string
  position: string | null
}

const isRead = { status: 'active' as const, readCredentials: { not: null } }

/** Which process reads which connection, how far it has read, and with which token. In the table `connections`. */
export class ReadingLeases {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #reader: string
  readonly #leaseMs: number

  /** @param reader the name of this process */
  constructor(prisma: PrismaClient, clock: () => Date, reader: string, leaseMs: number) {
    this.#prisma = prisma
    this.#clock = clock
    this.#reader = reader
    this.#leaseMs = leaseMs
  }

  /** Ids of connections that no process reads. */
  async free(chats: readonly string[], most: number): Promise<string[]> {
    const where = { ...isRead, chat: { in: [...chats] }, ...this.#isFree() }
    const rows = await this.#prisma.connection.findMany({ where, select: { id: true }, take: most })
    return rows.map(({ id }) => id)
  }

  /** Resolves to whether this process may read now. */
  async take(id: string): Promise<boolean> {
    return this.#update({ id, ...isRead, ...this.#isFree() }, { reader: this.#reader, readerUntil: this.#until() })
  }

  /** Resolves to whether this process still may read. */
  async renew(id: string): Promise<boolean> {
    return this.#update({ id, ...isRead, reader: this.#reader }, { readerUntil: this.#until() })
  }

  async release(id: string): Promise<void> {
    await this.#update({ id, reader: this.#reader }, nobody)
  }

  async releaseAll(): Promise<void> {
    await this.#prisma.connection.updateMany({ where: { reader: this.#reader }, data: nobody })
  }

  /** Undefined when another process reads it, or it is not read any more. */
  async read(id: string): Promise<ReadingConnection | undefined> {
    const row = await this.#prisma.connection.findFirst({ where: { id, ...isRead, reader: this.#reader } })
    if (!row?.readCredentials) return undefined
    const { chat, roomName, address, readCredentials, readPosition } = row
    return { id, chat, roomName, address, credentials: readCredentials, position: readPosition }
  }

  async saveCredentials(id: string, sealed: string): Promise<void> {
    await this.#update({ id, ...isRead }, { readCredentials: sealed })
  }

  async moveTo(id: string, position: string): Promise<void> {
    await this.#update({ id, reader: this.#reader }, { readPosition: position })
  }

  /** Stores why reading does not work; null while it does. */
  async note(id: string, error: string | null): Promise<void> {
    await this.#update({ id, reader: this.#reader }, { readError: error })
  }

  /** Forgets the token. A person has to sign in again. */
  async endReading(id: string, reason: string): Promise<void> {
    await this.#update({ id, reader: this.#reader }, { ...nobody, readCredentials: null, readError: reason })
  }

  #isFree() {
    return { OR: [{ readerUntil: null }, { readerUntil: { lt: this.#clock() } }] }
  }

  #until(): Date {
    return new Date(this.#clock().getTime() + this.#leaseMs)
  }

  async #update(where: object, data: object): Promise<boolean> {
    const { count } = await this.#prisma.connection.updateMany({ where, data })
    return count > 0
  }
}

const nobody = { reader: null, readerUntil: null }
