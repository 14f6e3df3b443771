import type { InboxChat } from '../../inbox/inbox.ts'
import type { PushedMessage } from '../../inbox/inbox-store.ts'
import type { MatrixChat } from '../matrix-chat.ts'
import type { RoomEvent } from '../rooms.ts'
import { pushedMessage } from './incoming.ts'

const pageSize = 100
/** Of one room: 5,000 events. */
const maxPages = 50
/** Clocks of servers differ. */
const clockSkewMs = 600_000
/** The inbox knows handled events for longer than that: an older one could be handled twice. */
const maxAgeMs = 7 * 86_400_000

/**
 * Reads events that the homeserver did not push: it loses those that wait in its memory when it stops. They are in the
 * rooms, and the inbox skips those that it knows.
 */
export function missedMessages(clock: () => Date, { rooms, users }: MatrixChat): NonNullable<InboxChat['missed']> {
  return {
    rooms: async (signal) => (await rooms.joinedRooms(signal)).toSorted(),
    read: async (room, since, signal) => {
      const earliest = Math.max(since.getTime() - clockSkewMs, clock().getTime() - maxAgeMs)
      const events = await readBack(room, earliest, signal)
      return events.toReversed().flatMap((event) => messageIn(room, event, earliest))
    },
  }

  /** The newest first, up to a page with only older events, or to the event with which the bot joined. */
  async function readBack(room: string, earliest: number, signal: AbortSignal): Promise<RoomEvent[]> {
    const all: RoomEvent[] = []
    let from: string | undefined
    for (let page = 0; page < maxPages; page++) {
      const { events, end } = await rooms.messages(room, { dir: 'b', limit: pageSize, from }, signal)
      const join = events.findIndex(isOwnJoin)
      all.push(...(join < 0 ? events : events.slice(0, join)))
      const isOld = events.every(({ origin_server_ts: time }) => time < earliest)
      if (join >= 0 || isOld || end === undefined) break
      from = end
    }
    return all
  }

  function isOwnJoin({ type, state_key: member, content, unsigned }: RoomEvent): boolean {
    const isJoin = type === 'm.room.member' && member === users.bot && content.membership === 'join'
    return isJoin && unsigned?.prev_content?.membership !== 'join'
  }

  function messageIn(room: string, event: RoomEvent, earliest: number): PushedMessage[] {
    const isTimely = event.origin_server_ts >= earliest && event.origin_server_ts <= clock().getTime() + maxAgeMs
    const message = isTimely ? wellFormed({ ...event, room_id: room }) : undefined
    return message ? [message] : []
  }

  function wellFormed(event: object): PushedMessage | undefined {
    try {
      return pushedMessage(event, users)
    } catch {
      return undefined
    }
  }
}
