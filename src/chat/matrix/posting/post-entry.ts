import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Entry, Thread } from '../../chat.ts'
import { eventId, transactionId } from '../ids.ts'
import type { MatrixRooms } from '../rooms.ts'
import { edit, type MessageContent, message, reply } from './content.ts'
import { notice } from './notice.ts'
import { pollText } from './poll-text.ts'

/** What the message that shows a poll depends on. */
export type ShownEntry = Pick<Entry, 'connection' | 'poll' | 'movedAway' | 'thread'>

export type Posting<About extends ShownEntry = Entry> = {
  rooms: MatrixRooms
  room: string
  entry: About
  publicUrl: URL
  signal: AbortSignal
}

/** What is stored with a thread, whose id is that of the message that shows the poll. */
type ThreadData = z.output<typeof threadData>

const threadData = z.object({
  /** The uuid of the last entry that was posted. */
  last: z.string().optional(),
  /** The digest of what the message shows. */
  shown: z.string().optional(),
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
export async function postEntry(posting: Posting): Promise<Thread | undefined> {
  const { poll, thread, uuid } = posting.entry
  // Nothing of a deleted poll is posted where nothing was shown.
  if (!thread && poll.deletedAt) return undefined
  const stored = threadData.parse(thread?.data ?? {})
  const root = thread?.id ?? (await postRoot(posting))
  const comments = stored.last === uuid ? stored.comments : await postNotice(posting, root, stored.comments)
  return showNow(posting, root, { ...stored, last: uuid, comments })
}

/**
 * Edits the message that shows the poll if it shows an older state, without a notice.
 *
 * @returns the thread to store
 * @throws {MatrixError}
 * @throws {NetworkError}
 */
export async function refreshThread(posting: Posting<ShownEntry & { thread: Thread }>): Promise<Thread> {
  const { id, data } = posting.entry.thread
  return showNow(posting, id, threadData.parse(data ?? {}))
}

async function showNow(
  posting: Posting<ShownEntry>,
  root: string,
  { last, comments, ...stored }: ThreadData,
): Promise<Thread> {
  if (posting.entry.poll.deletedAt) {
    if (!stored.isEmptied) await redactWithEdits(posting, root)
    return { id: root, data: { last, comments, isEmptied: true } satisfies ThreadData }
  }
  const shown = await showState(posting, root, stored.shown)
  return { id: root, data: { last, shown, comments } satisfies ThreadData }
}

/** A new poll alerts the room. */
async function postRoot(posting: Posting): Promise<string> {
  const { rooms, room, entry, signal } = posting
  const content = message(stateOf(posting), entry.events[0].facts.type === 'created' ? 'm.text' : 'm.notice')
  return rooms.send({ room, content, txnId: transactionId('poll', entry.connection.id, entry.poll.id) }, signal)
}

/** @returns the messages of comments after it */
async function postNotice(
  posting: Posting,
  root: string,
  comments: ThreadData['comments'],
): Promise<ThreadData['comments']> {
  const { entry } = posting
  const [{ facts, revision }] = entry.events
  // The message that shows the poll says that it was created. A deleted poll only says that.
  const isSaid = facts.type === 'created' && !entry.thread
  if (isSaid || (entry.poll.deletedAt && facts.type !== 'deleted')) return comments
  if (facts.type === 'comment_edited') {
    const posted = comments.find(([comment]) => comment === facts.comment)?.[1]
    await send(posting, posted ? edit(posted, message(notice(entry))) : reply(root, message(notice(entry))))
    return comments
  }
  const id = await send(posting, reply(root, message(notice(entry))))
  if (facts.type === 'comment_deleted') return redactComment(posting, facts.comment, comments)
  return facts.type === 'commented'
    ? [...comments, [revision, id] satisfies [number, string]].slice(-maxComments)
    : comments
}

async function redactComment(
  posting: Posting,
  comment: number,
  comments: ThreadData['comments'],
): Promise<ThreadData['comments']> {
  for (const [, posted] of comments.filter(([one]) => one === comment)) await redactWithEdits(posting, posted)
  return comments.filter(([one]) => one !== comment)
}

async function send({ rooms, room, entry, signal }: Posting, content: MessageContent): Promise<string> {
  return rooms.send({ room, content, txnId: transactionId('notice', entry.uuid) }, signal)
}

/**
 * Edits the message that shows the poll, unless it shows this state.
 *
 * @param before the digest of what it shows; undefined when that is not known
 * @returns the digest of what it shows now
 */
async function showState(posting: Posting<ShownEntry>, root: string, before: string | undefined): Promise<string> {
  const { rooms, room, entry, signal } = posting
  const { connection, poll, thread } = entry
  const content = message(stateOf(posting))
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('base64url')
  // A message that was posted in an earlier attempt may show an older state, except where there is none.
  const isShown = before === digest || (!thread && poll.revision === 1)
  const txnId = transactionId('state', connection.id, poll.id, poll.revision, digest)
  if (!isShown) await rooms.send({ room, content: edit(root, content), txnId }, signal)
  return digest
}

function stateOf({ entry: { poll, movedAway }, publicUrl }: Posting<ShownEntry>) {
  return pollText(poll, movedAway, publicUrl)
}

/**
 * The homeserver keeps the texts of edits, so each of them is redacted, too. The event itself is the last: of one that is
 * redacted, a homeserver lists no edits.
 */
async function redactWithEdits({ rooms, room, entry, signal }: Posting<ShownEntry>, event: string): Promise<void> {
  const redact = (one: string) => rooms.redact(room, one, transactionId('redaction', entry.connection.id, one), signal)
  let from: string | undefined
  do {
    const page = await rooms.relations(room, event, { relation: 'm.replace', limit: atOnce, from }, signal)
    await Promise.all(page.events.map(({ event_id }) => redact(event_id)))
    from = page.end
  } while (from !== undefined)
  await redact(event)
}
