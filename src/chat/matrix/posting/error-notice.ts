import { transactionId } from '../ids.ts'
import type { MatrixRooms, RoomEvent } from '../rooms.ts'
import { edit, message } from './content.ts'
import { words } from './rich-text.ts'

/** In the content of a notice that shows an error, and of its edits: whether it still shows one. */
const marker = 'org.polldock.error'
const pageSize = 100
/** How far back the notice is looked for. */
const maxPages = 5

/**
 * Shows an error by a notice of the bot, or edits the one that is shown. An empty text clears it. The room itself holds
 * which notice that is, so any process can clear it.
 *
 * @throws {MatrixError}
 * @throws {NetworkError}
 */
export async function showNotice(
  rooms: MatrixRooms,
  bot: string,
  { room, text }: { room: string; text: string },
  signal: AbortSignal,
): Promise<void> {
  const last = await lastNotice(rooms, bot, room, signal)
  const isShown = last?.content[marker] === true
  if (!isShown && text === '') return
  const content = { ...message(words(text || 'Polldock can post here again.')), [marker]: text !== '' }
  const original = last && originalOf(last)
  const event = isShown && original ? { ...edit(original, content), [marker]: text !== '' } : content
  await rooms.send({ room, content: event, txnId: transactionId('error', room, last?.event_id ?? '', text) }, signal)
}

async function lastNotice(
  rooms: MatrixRooms,
  bot: string,
  room: string,
  signal: AbortSignal,
): Promise<RoomEvent | undefined> {
  let from: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const { events, end } = await rooms.messages(room, { dir: 'b', limit: pageSize, from }, signal)
    const found = events.find(({ sender, content }) => sender === bot && marker in content)
    if (found || end === undefined) return found
    from = end
  }
  return undefined
}

function originalOf({ event_id, content }: RoomEvent): string {
  const relation = content['m.relates_to'] as { event_id?: unknown } | undefined
  return typeof relation?.event_id === 'string' ? relation.event_id : event_id
}
