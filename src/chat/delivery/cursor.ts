import type { PrismaClient } from '../../database/generated/client.ts'
import { chatProfiles } from '../../people/chat-accounts.ts'
import { type PollRow, pollColumns, pollFromRow, pollTables } from '../../polls/ballot-box/poll-columns.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { ChatProfile } from '../chat.ts'
import type { ThreadKey } from './threads.ts'

/** What delivery knows about a connection. */
export type ConnectionState = {
  id: string
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
   * lost, the same message is posted again. `startWithSnapshot` until the thread exists.
   */
  inFlightRevision: number | null
  /** The last revision to deliver; null while the connection follows the poll. */
  finalRevision: number | null
  /** Whether a person asked to post rejected messages again. */
  hasResends: boolean
  poll: Poll
  connection: ConnectionState
}

/** A message that the chat rejected: it held events after `previous`, up to `revision`. */
export type RejectedRange = { previous: number; revision: number }

type CursorPosition = ThreadKey & Pick<DeliveryCursor, 'revision' | 'inFlightRevision'>
type CursorChange = { revision: number; inFlightRevision: number | null; renderedRevision: number | undefined }
type CursorRow = PollRow &
  Omit<ConnectionState, 'id'> & { cursor: Omit<DeliveryCursor, keyof ThreadKey | 'poll' | 'connection'> }

/** The delivery cursors of threads, in the table `mirrors`. */
export class DeliveryCursors {
  readonly #prisma: PrismaClient

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma
  }

  async read({ pollId, connectionId }: ThreadKey): Promise<DeliveryCursor | undefined> {
    const [row] = await this.#prisma.$queryRaw<CursorRow[]>`
      SELECT ${pollColumns}, k.chat, k.status = 'active' AS "isActive", k.credentials, k.event_kinds AS "eventKinds", k.room_name AS "roomName", k.read_credentials IS NOT NULL AS "isRead",
        k.last_delivered AS "lastDelivered", k.failing_since AS "failingSince", k.attempts, k.retry_at AS "retryAt",
        k.error_shown AS "errorShown", jsonb_build_object(
          'revision', m.revision, 'inFlightRevision', m.attempting, 'finalRevision', m.ends_at, 'hasResends', EXISTS (
            SELECT FROM rejections r
            WHERE r.poll_id = m.poll_id AND r.connection_id = m.connection_id AND r.resend)) AS cursor
      FROM ${pollTables} JOIN mirrors m ON m.poll_id = p.id JOIN connections k ON k.id = m.connection_id
      WHERE m.poll_id = ${pollId} AND m.connection_id = ${connectionId}`
    if (!row) return undefined
    const {
      chat,
      roomName,
      isRead,
      isActive,
      credentials,
      eventKinds,
      lastDelivered,
      failingSince,
      attempts,
      retryAt,
      errorShown,
    } = row
    const health = { lastDelivered, failingSince, attempts, retryAt, errorShown }
    const connection = { id: connectionId, chat, roomName, isRead, isActive, credentials, eventKinds, ...health }
    return { pollId, connectionId, ...row.cursor, poll: pollFromRow(row), connection }
  }

  /** The chat's accounts of these people, by person id. */
  async profiles(chat: string, personIds: readonly string[]): Promise<Map<string, ChatProfile>> {
    return chatProfiles(this.#prisma, chat, personIds)
  }

  /**
   * Compare and set: moves the cursor, and stores the message in flight and the revision that the thread shows, if
   * revision and message in flight are still those of `cursor`.
   *
   * @returns false when another process, or `rewindOutdated`, has moved it or marked another message
   */
  async move(cursor: CursorPosition, to: CursorChange): Promise<boolean> {
    const { pollId, connectionId, revision, inFlightRevision } = cursor
    const where = { pollId, connectionId, revision, inFlightRevision }
    const { count } = await this.#prisma.mirror.updateMany({ where, data: to })
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
