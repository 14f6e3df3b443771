import type DataLoader from 'dataloader'
import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { changeTogether, loadTogether } from '../../database/load-together.ts'
import { chatProfiles } from '../../people/chat-accounts.ts'
import { type PollRow, pollColumns, pollFromRow, pollTables } from '../../polls/ballot-box/poll-columns.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { ChatProfile, EntryConnection, Thread } from '../chat.ts'
import type { ThreadKey } from './threads.ts'

/** What delivery knows about a connection. Its settings are those that are stored: some may be missing. */
export type ConnectionState = EntryConnection & {
  chat: string
  isActive: boolean
  /** Encrypted; null after the connection was retired. */
  credentials: string | null
  eventKinds: string[]
  roomName: string
  /** Whether what people write in its threads becomes comments. */
  isRead: boolean
  lastDelivered: Date | null
  failingSince: Date | null
  attempts: number
  retryAt: Date | null
  errorShown: boolean
}

/** How far a poll's events have been delivered to a thread. */
export type DeliveryCursor = ThreadKey & {
  /** The last revision that was delivered. */
  revision: number
  /**
   * The last revision of the message that is being posted. It is set before the message is posted: if the answer is
   * lost, the same message is posted again. It is 0 (`startWithSnapshot`) until the thread exists.
   */
  inFlightRevision: number | null
  /** The last revision to deliver; null while the connection follows the poll. */
  finalRevision: number | null
  /** What the chat remembers of the thread; null before it has said so. */
  thread: Thread | null
  /** Whether a person asked to post rejected messages again. */
  hasResends: boolean
  poll: Poll
  connection: ConnectionState
}

/** A message that the chat rejected: it held events after `previous`, up to `revision`. */
export type RejectedRange = { previous: number; revision: number }

type CursorPosition = ThreadKey & Pick<DeliveryCursor, 'revision' | 'inFlightRevision'>
type CursorChange = Pick<DeliveryCursor, 'revision' | 'inFlightRevision'> & {
  /** What is undefined stays as it is stored. */
  renderedRevision?: number | undefined
  thread?: Thread | undefined
}
type CursorMove = CursorPosition & { to: CursorChange }
type ProfilesKey = { chat: string; personIds: readonly string[] }
type CursorRow = PollRow &
  Omit<ConnectionState, 'id'> & {
    connectionId: string
    cursor: Omit<DeliveryCursor, keyof ThreadKey | 'poll' | 'connection'>
  }

/** Under load, cursors that move within this time share a commit, in milliseconds. */
const pauseMs = 10

/** The delivery cursors of threads, in the table `mirrors`. */
export class DeliveryCursors {
  readonly #prisma: PrismaClient
  readonly #rows: DataLoader<ThreadKey, DeliveryCursor | undefined>
  readonly #profiles: DataLoader<ProfilesKey, Map<string, ChatProfile>>
  readonly #moves: DataLoader<CursorMove, boolean>

  /** Runs of several threads read and move their cursors together. */
  constructor(prisma: PrismaClient) {
    this.#prisma = prisma
    this.#rows = loadTogether((threads) => this.#readAll(threads))
    this.#profiles = loadTogether((keys) => this.#readProfiles(keys))
    this.#moves = changeTogether((moves) => this.#moveAll(moves), pauseMs)
  }

  async read(thread: ThreadKey): Promise<DeliveryCursor | undefined> {
    return this.#rows.load(thread)
  }

  async #readAll(threads: readonly ThreadKey[]): Promise<(DeliveryCursor | undefined)[]> {
    const rows = await this.#prisma.$queryRaw<CursorRow[]>`
      SELECT ${pollColumns}, k.id AS "connectionId", k.chat, k.status = 'active' AS "isActive", k.credentials, k.event_kinds AS "eventKinds", k.room_name AS "roomName", k.external_id AS "externalId", k.address, k.chat_settings AS settings, k.read_credentials IS NOT NULL AS "isRead",
        k.last_delivered AS "lastDelivered", k.failing_since AS "failingSince", k.attempts, k.retry_at AS "retryAt",
        k.error_shown AS "errorShown", jsonb_build_object(
          'revision', m.revision, 'inFlightRevision', m.attempting, 'finalRevision', m.ends_at,
          'thread', CASE WHEN m.thread_id IS NOT NULL THEN jsonb_build_object('id', m.thread_id, 'data', m.thread_data) END,
          'hasResends', EXISTS (
            SELECT FROM rejections r
            WHERE r.poll_id = m.poll_id AND r.connection_id = m.connection_id AND r.resend)) AS cursor
      FROM unnest(${threads.map(({ pollId }) => pollId)}::text[], ${threads.map(({ connectionId }) => connectionId)}::text[])
          AS asked (poll_id, connection_id)
        JOIN mirrors m ON m.poll_id = asked.poll_id AND m.connection_id = asked.connection_id
        JOIN connections k ON k.id = m.connection_id
        JOIN (${pollTables}) ON p.id = m.poll_id`
    const cursors = new Map(rows.map((row) => [threadId({ ...row, pollId: row.id }), cursorFrom(row)]))
    return threads.map((thread) => cursors.get(threadId(thread)))
  }

  /** The chat's accounts of these people, by person id. */
  profiles(chat: string, personIds: readonly string[]): Promise<Map<string, ChatProfile>> {
    return this.#profiles.load({ chat, personIds })
  }

  async #readProfiles(keys: readonly ProfilesKey[]): Promise<Map<string, ChatProfile>[]> {
    const ofChats = new Map<string, Map<string, ChatProfile>>()
    for (const [chat, same] of Map.groupBy(keys, ({ chat }) => chat)) {
      const personIds = same.flatMap(({ personIds }) => personIds)
      ofChats.set(chat, await chatProfiles(this.#prisma, chat, personIds))
    }
    return keys.map(({ chat }) => ofChats.get(chat) ?? new Map())
  }

  /**
   * Compare and set: moves the cursor, and stores the message in flight and the revision that the thread shows, if
   * revision and message in flight are still those of `cursor`.
   *
   * @returns false when another process, or `rewindOutdated`, has moved it or marked another message
   */
  async move({ pollId, connectionId, revision, inFlightRevision }: CursorPosition, to: CursorChange): Promise<boolean> {
    const cursor = { pollId, connectionId, revision, inFlightRevision }
    return (await this.#moves.load({ ...cursor, to })) || this.#moveAlone(cursor, to)
  }

  /**
   * Cursors that another transaction has locked are left: two statements that lock several rows in different orders would
   * wait for each other for ever.
   */
  async #moveAll(moves: readonly CursorMove[]): Promise<boolean[]> {
    const moved = await this.#prisma.$queryRaw<ThreadKey[]>`
      WITH asked AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(moves)}::jsonb)
          AS a ("pollId" text, "connectionId" text, revision int, "inFlightRevision" int, "to" jsonb)
      ), free AS (
        SELECT m.poll_id, m.connection_id, a."to" FROM mirrors m JOIN asked a ON m.poll_id = a."pollId"
          AND m.connection_id = a."connectionId" AND m.revision = a.revision
          AND m.attempting IS NOT DISTINCT FROM a."inFlightRevision"
        FOR UPDATE OF m SKIP LOCKED
      )
      UPDATE mirrors m SET revision = ("to" -> 'revision')::int, attempting = ("to" ->> 'inFlightRevision')::int,
        shown = coalesce(("to" ->> 'renderedRevision')::int, m.shown),
        thread_id = coalesce("to" -> 'thread' ->> 'id', m.thread_id),
        thread_data = CASE WHEN "to" -> 'thread' IS NULL THEN m.thread_data ELSE "to" -> 'thread' -> 'data' END
      FROM free WHERE m.poll_id = free.poll_id AND m.connection_id = free.connection_id
      RETURNING m.poll_id AS "pollId", m.connection_id AS "connectionId"`
    const ids = new Set(moved.map(threadId))
    return moves.map((move) => ids.has(threadId(move)))
  }

  async #moveAlone(where: CursorPosition, { thread, ...to }: CursorChange): Promise<boolean> {
    const remembered = thread && { threadId: thread.id, threadData: thread.data ?? Prisma.DbNull }
    const { count } = await this.#prisma.mirror.updateMany({ where, data: { ...to, ...remembered } })
    return count > 0
  }

  /** Stores a message that the chat will never accept. */
  async reject({ pollId, connectionId }: ThreadKey, { previous, revision }: RejectedRange, reason: string, now: Date) {
    await this.#prisma.$executeRaw`
      INSERT INTO rejections (poll_id, connection_id, revision, previous, reason, at)
      VALUES (${pollId}, ${connectionId}, ${revision}, ${previous}, ${reason}, ${now})
      ON CONFLICT (poll_id, connection_id, revision)
      DO UPDATE SET reason = excluded.reason, at = excluded.at, resend = FALSE`
  }

  /** The rejected messages to post again, in order. */
  async resends({ pollId, connectionId }: ThreadKey): Promise<RejectedRange[]> {
    return this.#prisma.rejection.findMany({
      where: { pollId, connectionId, resend: true },
      select: { previous: true, revision: true },
      orderBy: { revision: 'asc' },
    })
  }

  /** Forgets a rejected message after the chat has accepted it. */
  async forget({ pollId, connectionId }: ThreadKey, revision: number): Promise<void> {
    await this.#prisma.rejection.deleteMany({ where: { pollId, connectionId, revision } })
  }
}

function threadId({ pollId, connectionId }: ThreadKey): string {
  return `${pollId} ${connectionId}`
}

function cursorFrom(row: CursorRow): DeliveryCursor {
  const {
    connectionId: id,
    chat,
    externalId,
    address,
    settings,
    roomName,
    isRead,
    isActive,
    credentials,
    eventKinds,
  } = row
  const { lastDelivered, failingSince, attempts, retryAt, errorShown } = row
  const health = { lastDelivered, failingSince, attempts, retryAt, errorShown }
  const room = { id, chat, externalId, address, settings, roomName }
  const connection = { ...room, isRead, isActive, credentials, eventKinds, ...health }
  return { pollId: row.id, connectionId: id, ...row.cursor, poll: pollFromRow(row), connection }
}
