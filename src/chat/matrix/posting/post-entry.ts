import { z } from 'zod'
import type { Entry, Thread } from '../../chat.ts'
import { eventId, transactionId } from '../ids.ts'
import type { MatrixRooms } from '../rooms.ts'
import { edit, message, reply } from './content.ts'
import { notice } from './notice.ts'
import { pollText } from './poll-text.ts'

type Posting = { room: string; entry: Entry; publicUrl: URL }

/** What is stored with a thread, whose id is that of the message that shows the poll. */
type ThreadData = z.output<typeof threadData>

const threadData = z.object({
  /** The uuid of the last entry that was posted. */
  last: z.string().optional(),
  /** The poll's revision that the message shows. */
  shown: z.int().optional(),
  /** The messages of the newest comments, with the revisions of their events. */
  comments: z.array(z.tuple([z.int(), eventId])).catch([]),
  isEmptied: z.boolean().optional(),
})

/** Earlier comments are not edited or redacted in the room when they are here. */
const maxComments = 50
/** How many events are redacted together. */
const atOnce = 100

/**
 * Posts an entry: as a notice in the thread of the message that shows the poll. The message is edited if it shows an older
 * state. Every request can be repeated: its id is derived from the connection, the poll, and what it says.
 *
 * @returns the thread to store; undefined when there is nothing to post and none was stored
 * @throws {MatrixError}
 * @throws {NetworkError}
 */
export async function postEntry(
  rooms: MatrixRooms,
  posting: Posting,
  signal: AbortSignal,
): Promise<Thread | undefined> {
  const { entry } = posting
  const { poll, thread, uuid } = entry
  // Nothing of a deleted poll is posted where nothing was shown.
  if (!thread && poll.deletedAt) return undefined
  const stored = threadData.parse(thread?.data ?? {})
  const root = thread?.id ?? (await postRoot(rooms, posting, signal))
  const [comments] = await Promise.all([
    stored.last === uuid ? stored.comments : postNotice(rooms, posting, { root, stored }, signal),
    poll.deletedAt ? undefined : showState(rooms, posting, { root, stored }, signal),
  ])
  if (poll.deletedAt && !stored.isEmptied) await empty(rooms, posting, root, signal)
  const data: ThreadData = { last: uuid, shown: poll.revision, comments, ...(poll.deletedAt && { isEmptied: true }) }
  return { id: root, data }
}

/** A new poll alerts the room. If the message was posted before, it may show an older state. */
async function postRoot(rooms: MatrixRooms, { room, entry, publicUrl }: Posting, signal: AbortSignal): Promise<string> {
  const { connection, poll, movedAway, events } = entry
  const isNew = events[0].facts.type === 'created'
  const content = message(pollText(poll, movedAway, publicUrl), isNew ? 'm.text' : 'm.notice')
  return rooms.send({ room, content, txnId: transactionId(connection.id, poll.id, 'poll') }, signal)
}

type InThread = { root: string; stored: ThreadData }

/** @returns the messages of comments after it */
async function postNotice(
  rooms: MatrixRooms,
  { room, entry }: Posting,
  { root, stored: { comments } }: InThread,
  signal: AbortSignal,
): Promise<ThreadData['comments']> {
  const [{ facts, revision }] = entry.events
  if (facts.type === 'created' || (entry.poll.deletedAt && facts.type !== 'deleted')) return comments
  const comment = facts.type === 'comment_edited' || facts.type === 'comment_deleted' ? facts.comment : undefined
  const posted = comments.find(([of]) => of === comment)?.[1]
  if (posted && facts.type === 'comment_deleted') {
    await rooms.redact(room, posted, transactionId(entry.uuid, 'redaction'), signal)
    return comments.filter(([of]) => of !== comment)
  }
  const content = message(notice(entry))
  const event = posted ? edit(posted, content) : reply(root, content)
  const id = await rooms.send({ room, content: event, txnId: transactionId(entry.uuid, 'notice') }, signal)
  return facts.type === 'commented'
    ? ([...comments, [revision, id] as const].slice(-maxComments) as ThreadData['comments'])
    : comments
}

/** A message that was just posted shows this state, unless it was posted before. */
async function showState(
  rooms: MatrixRooms,
  { room, entry, publicUrl }: Posting,
  { root, stored }: InThread,
  signal: AbortSignal,
): Promise<void> {
  const { connection, poll, movedAway, thread } = entry
  if (stored.shown === poll.revision || (!thread && poll.revision === 1)) return
  const content = edit(root, message(pollText(poll, movedAway, publicUrl)))
  await rooms.send({ room, content, txnId: transactionId(connection.id, poll.id, 'state', poll.revision) }, signal)
}

/** Redacts the message that showed the poll, and its edits, which keep the text otherwise. */
async function empty(rooms: MatrixRooms, { room, entry }: Posting, root: string, signal: AbortSignal): Promise<void> {
  const { connection, poll } = entry
  const redact = (event: string) =>
    rooms.redact(room, event, transactionId(connection.id, poll.id, 'redaction', event), signal)
  await redact(root)
  let from: string | undefined
  do {
    const { events, end } = await rooms.relations(room, root, { relation: 'm.replace', limit: atOnce, from }, signal)
    await Promise.all(events.map(({ event_id }) => redact(event_id)))
    from = end
  } while (from !== undefined)
}
