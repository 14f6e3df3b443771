import { matrixChat } from '../ids.ts'
import type { Received, Receiving } from './receiving.ts'

/** A message that the bot has posted for so long, in milliseconds, starts no thread any more. */
const maxUnstoredMs = 600_000

/**
 * The poll of the thread that begins with this event, the message that shows the poll or its native poll; null if it is none
 * of ours. A thread is stored after its first message is posted. Until then, what people write and vote in it waits.
 *
 * @throws if it can be tried again
 */
export async function storedThread(
  { services, matrix, startOf }: Receiving,
  { room, signal }: Received<unknown>,
  root: string,
): ReturnType<Receiving['services']['connections']['threadOf']> {
  const find = (thread: string) => services.connections.threadOf(matrixChat, room, thread)
  const known = await find(root)
  if (known) return known
  if (await services.connections.isStartingThread(matrixChat, room)) {
    const first = await matrix.rooms.event(room, root, signal)
    const isRecent = first && services.clock().getTime() - first.origin_server_ts < maxUnstoredMs
    if (isRecent && first.sender === matrix.users.bot) throw new Error('This thread is not stored yet.')
  }
  const start = await startOf(room, root, signal)
  // It may have been stored meanwhile.
  return find(typeof start === 'object' ? start.message : root)
}
