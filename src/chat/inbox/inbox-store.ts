import { Prisma, type PrismaClient } from '../../database/generated/client.ts'

/** A message that a chat pushed. */
export type PushedMessage = {
  /** The chat's id of the message, unique in the chat. */
  id: string
  /** Messages of one room are handled in the order in which they came. */
  room: string
  /**
   * What the message decides if only the last one counts, such as a person's vote in a thread; else null. Messages of
   * different topics may be handled at the same time.
   */
  topic: string | null
  /** By the chat's clock. */
  sentAt: Date
  /** JSON that only the code of this chat reads. */
  content: unknown
}

/** A request that a chat sent. `number`: its number, if the chat counts its requests. */
export type PushedRequest = { number?: number | undefined; messages: readonly PushedMessage[] }

export type WaitingMessage = Pick<PushedMessage, 'id' | 'topic' | 'sentAt' | 'content'> & {
  attempts: number
  /** Another message of its topic was sent later, and came before: this one came too late to count. */
  isSuperseded: boolean
}

/** What became of a request. `rooms` have new messages. */
export type Stored = { isFull: boolean; rooms: string[]; hasGap: boolean }

/** Messages may be missing that were sent since then. Rooms up to `searchedRoom` were searched for them. */
export type Gap = { missingSince: Date; searchedRoom: string | null }

export type WaitingRoom = { chat: string; room: string }

/** How many days a message is kept after it was handled, to know it if the chat repeats it. */
export const handledDays = 14
const dayInMs = 86_400_000
/** Rows of one DELETE: the locks of a long statement would hold up the others. */
const deletedAtOnce = 10_000

/** The tables `inbox` and `inbox_states`. */
export class InboxStore {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #maxWaiting: number

  /** @param maxWaiting with more messages that wait, nothing is stored */
  constructor(prisma: PrismaClient, clock: () => Date, maxWaiting: number) {
    this.#prisma = prisma
    this.#clock = clock
    this.#maxWaiting = maxWaiting
  }

  /**
   * Stores the messages that are new, all in one statement, unless the inbox is full. A number that is not higher than the
   * last one shows that the chat started again, or did not get the answer before it stopped: messages may be missing.
   */
  async add(chat: string, { number, messages }: PushedRequest): Promise<Stored> {
    const rows = messages.map((message, place) => ({ ...message, place, content: JSON.stringify(message.content) }))
    const isAgain = Prisma.sql`s.request >= excluded.request`
    const [stored] = await this.#prisma.$queryRaw<[Stored]>`
      WITH waiting AS (
        SELECT count(*) >= ${this.#maxWaiting} AS "isFull" FROM (
          SELECT FROM inbox WHERE chat = ${chat} AND done_at IS NULL LIMIT ${this.#maxWaiting}) AS w
      ), added AS (
        INSERT INTO inbox (chat, id, room, topic, sent_at, received_at, place, content)
        SELECT ${chat}, r.id, r.room, r.topic, r."sentAt", clock_timestamp(), r.place, r.content
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          AS r(id text, room text, topic text, "sentAt" timestamptz, place int, content text)
        WHERE NOT (SELECT "isFull" FROM waiting)
        ON CONFLICT DO NOTHING RETURNING room
      ), noted AS (
        INSERT INTO inbox_states AS s (chat, request, request_at)
        SELECT ${chat}, ${number ?? null}::float8, ${this.#clock()}
        WHERE ${number ?? null}::float8 IS NOT NULL AND NOT (SELECT "isFull" FROM waiting)
        ON CONFLICT (chat) DO UPDATE SET request = excluded.request, request_at = excluded.request_at,
          missing_since = CASE WHEN ${isAgain} THEN least(s.missing_since, s.request_at) ELSE s.missing_since END,
          searched_room = CASE WHEN ${isAgain} THEN NULL ELSE s.searched_room END
        RETURNING missing_since
      )
      SELECT "isFull", ARRAY(SELECT DISTINCT room FROM added) AS rooms,
        EXISTS (SELECT FROM noted WHERE missing_since IS NOT NULL) AS "hasGap"
      FROM waiting`
    return stored
  }

  /** The oldest messages of a room that wait, at most `limit`. */
  async waiting({ chat, room }: WaitingRoom, limit: number): Promise<WaitingMessage[]> {
    const rows = await this.#prisma.$queryRaw<(Omit<WaitingMessage, 'content'> & { content: string })[]>`
      SELECT id, topic, sent_at AS "sentAt", content, attempts, topic IS NOT NULL AND EXISTS (
        SELECT FROM inbox o WHERE o.chat = i.chat AND o.topic = i.topic AND o.sent_at > i.sent_at
          AND (o.received_at, o.place) < (i.received_at, i.place)
      ) AS "isSuperseded"
      FROM inbox i WHERE chat = ${chat} AND room = ${room} AND done_at IS NULL
      ORDER BY received_at, place LIMIT ${limit}`
    return rows.map(({ content, ...row }) => ({ ...row, content: JSON.parse(content) as unknown }))
  }

  /** Forgets their contents. */
  async done(chat: string, ids: readonly string[]): Promise<void> {
    await this.#prisma.$executeRaw`
      UPDATE inbox SET done_at = ${this.#clock()}, content = NULL WHERE chat = ${chat} AND id = ANY(${[...ids]})`
  }

  async failed(chat: string, id: string): Promise<void> {
    await this.#prisma.$executeRaw`UPDATE inbox SET attempts = attempts + 1 WHERE chat = ${chat} AND id = ${id}`
  }

  /** Rooms with messages that wait, at most `limit`. */
  async rooms(chats: readonly string[], limit: number): Promise<WaitingRoom[]> {
    return this.#prisma.$queryRaw<WaitingRoom[]>`
      SELECT DISTINCT chat, room FROM inbox WHERE done_at IS NULL AND chat = ANY(${[...chats]}) LIMIT ${limit}`
  }

  /** Which of these messages were stored. */
  async known(chat: string, ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.#prisma.inboxMessage.findMany({
      where: { chat, id: { in: [...ids] } },
      select: { id: true },
    })
    return new Set(rows.map(({ id }) => id))
  }

  /** Notes that messages may be missing that were sent since the last request. A search under way starts over. */
  async noteGap(chat: string): Promise<void> {
    const now = this.#clock()
    await this.#prisma.$executeRaw`
      INSERT INTO inbox_states AS s (chat, missing_since) VALUES (${chat}, ${now})
      ON CONFLICT (chat) DO UPDATE SET
        missing_since = least(s.missing_since, s.searched_at, s.request_at, excluded.missing_since), searched_room = NULL`
  }

  /** Notes a gap if the last search ended before that time: not every loss shows in the numbers of requests. */
  async noteGapIfDue(chat: string, before: Date): Promise<void> {
    await this.#prisma.$executeRaw`
      UPDATE inbox_states SET missing_since = searched_at, searched_room = NULL
      WHERE chat = ${chat} AND missing_since IS NULL AND searched_at < ${before}`
  }

  async gap(chat: string): Promise<Gap | undefined> {
    const state = await this.#prisma.inboxState.findUnique({ where: { chat } })
    return state?.missingSince ? { missingSince: state.missingSince, searchedRoom: state.searchedRoom } : undefined
  }

  /**
   * Notes that this room, the next one after `gap.searchedRoom`, was searched.
   *
   * @returns false if another gap was noted since: then the search starts over
   */
  async searched(chat: string, { searchedRoom }: Gap, room: string): Promise<boolean> {
    const where = { chat, searchedRoom, missingSince: { not: null } }
    return (await this.#prisma.inboxState.updateMany({ where, data: { searchedRoom: room } })).count > 0
  }

  /** Ends the search, unless another gap was noted since. */
  async closeGap(chat: string, { searchedRoom, missingSince }: Gap): Promise<void> {
    const data = { missingSince: null, searchedRoom: null, searchedAt: this.#clock() }
    await this.#prisma.inboxState.updateMany({ where: { chat, searchedRoom, missingSince }, data })
  }
}

/** Those of these messages that are handled. */
export async function handledMessages(
  prisma: PrismaClient,
  chat: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const where = { chat, id: { in: [...ids] }, doneAt: { not: null } }
  const rows = await prisma.inboxMessage.findMany({ where, select: { id: true } })
  return new Set(rows.map(({ id }) => id))
}

/** Deletes messages that were handled so long ago that a chat does not repeat them any more. */
export async function deleteHandledMessages(prisma: PrismaClient, now: Date): Promise<void> {
  const before = new Date(now.getTime() - handledDays * dayInMs)
  for (;;) {
    const count = await prisma.$executeRaw`
      DELETE FROM inbox WHERE (chat, id) IN (
        SELECT chat, id FROM inbox WHERE done_at < ${before} LIMIT ${deletedAtOnce})`
    if (count < deletedAtOnce) return
  }
}
