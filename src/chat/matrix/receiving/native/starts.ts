import { LRUCache } from 'lru-cache'
import { MatrixError } from '../../homeserver.ts'
import type { MatrixChat } from '../../matrix-chat.ts'
import { pollTypes, type ShownStart, startIn } from '../../native/native-poll.ts'
import type { RoomEvent } from '../../rooms.ts'

const maxStarts = 5_000

/**
 * What the start of a native poll is: one of the bot as it was posted; `withdrawn`, one of the bot that is redacted;
 * `replaced`, one of somebody else that is redacted; else none of ours.
 */
export type FoundStart = ShownStart | 'withdrawn' | 'replaced' | undefined
export type StartFinder = (room: string, event: string, signal: AbortSignal) => Promise<FoundStart>

/** Remembers native polls of the bot: a start never changes. */
export function startFinder({ rooms, users }: Pick<MatrixChat, 'rooms' | 'users'>): StartFinder {
  const posted = new LRUCache<string, ShownStart>({ max: maxStarts })
  return async (room, event, signal) => {
    const key = `${room} ${event}`
    const found = posted.get(key) ?? startOf(await eventIn(room, event, signal))
    if (typeof found === 'object') posted.set(key, found)
    return found
  }

  function startOf(event: RoomEvent | undefined): FoundStart {
    if (event?.type !== pollTypes.start) return undefined
    const isRedacted = Object.keys(event.content).length === 0
    if (event.sender !== users.bot) return isRedacted ? 'replaced' : undefined
    if (isRedacted) return 'withdrawn'
    return startIn(event.content)
  }

  /** Of a room that the bot has left, the homeserver says nothing. */
  async function eventIn(room: string, event: string, signal: AbortSignal): Promise<RoomEvent | undefined> {
    try {
      return await rooms.event(room, event, signal)
    } catch (error) {
      if (error instanceof MatrixError && error.answer.status === 403) return undefined
      throw error
    }
  }
}
