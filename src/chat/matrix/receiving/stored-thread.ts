import { LRUCache } from 'lru-cache'
import { matrixChat } from '../ids.ts'
import type { Received, Receiving } from './receiving.ts'

/** A message that the bot has posted for so long, in milliseconds, starts no thread any more. */
const maxUnstoredMs = 600_000
const maxForeign = 10_000

/** Remembers threads that are none of ours, by room and first event: those of people never become ours. */
export function newForeignThreads(): Receiving['foreignThreads'] {
  return new LRUCache({ max: maxForeign })
}

/**
 * The poll of the thread that begins with this event, the message that shows the poll or its native poll; null if it is none
 * of ours. A thread is stored after its first message is posted. Until then, what people write and vote in it waits.
 *
 * @throws if it can be tried again
 */
export async function storedThread(
  { services, matrix, startOf, foreignThreads }: Receiving,
  { room, signal }: Received<unknown>,
  root: string,
): ReturnType<Receiving['services']['connections']['threadOf']> {
  const find = (thread: string) => services.connections.threadOf(matrixChat, room, thread)
  const known = await find(root)
  const key = `${room} ${root}`
  if (known || foreignThreads.has(key)) return known
  const isStarting = await services.connections.isStartingThread(matrixChat, room)
  if (isStarting) {
    const first = await matrix.rooms.event(room, root, signal)
    const isRecent = first && services.clock().getTime() - first.origin_server_ts < maxUnstoredMs
    if (isRecent && first.sender === matrix.users.bot) throw new Error('This thread is not stored yet.')
  }
  const start = await startOf(room, root, signal)
  // It may have been stored meanwhile.
  const found = await find(typeof start === 'object' ? start.message : root)
  if (!found && !isStarting && typeof start !== 'object') foreignThreads.set(key, true)
  return found
}
