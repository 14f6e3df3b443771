import type { RoomEvent } from './event.ts'
import type { Membership, Room } from './room.ts'

/**
 * The events that a user may read, oldest first. The room's present setting counts for all of its history.
 *
 * @returns undefined if the user was never in the room
 */
export function visibleTo(room: Room, userId: string): RoomEvent[] | undefined {
  const changes = room.timeline.filter(({ type, stateKey }) => type === 'm.room.member' && stateKey === userId)
  if (!changes.some(({ content }) => content.membership === 'join')) return
  const end = endOfAccess(changes)
  const setting = room.state('m.room.history_visibility')?.content.history_visibility ?? 'shared'
  const isReadable = (event: RoomEvent) =>
    setting === 'shared' || setting === 'world_readable' || wasIn(changes, event, setting === 'invited')
  return room.timeline.filter((event) => event.position <= end && isReadable(event))
}

/** The position of the last leave or ban, or infinity. */
function endOfAccess(changes: RoomEvent[]): number {
  if (membershipOf(changes.at(-1)) === 'join') return Number.POSITIVE_INFINITY
  const lastJoin = changes.findLastIndex((change) => membershipOf(change) === 'join')
  return changes[lastJoin + 1]?.position ?? Number.POSITIVE_INFINITY
}

function wasIn(changes: RoomEvent[], event: RoomEvent, invitedToo: boolean): boolean {
  const membership = membershipOf(changes.findLast(({ position }) => position <= event.position))
  return membership === 'join' || (invitedToo && membership === 'invite') || changes.includes(event)
}

function membershipOf(change: RoomEvent | undefined): Membership | undefined {
  return change?.content.membership as Membership | undefined
}

/** The state that these events lead to, the newest of each type and state key. */
export function stateAfter(events: RoomEvent[]): RoomEvent[] {
  const state = new Map<string, RoomEvent>()
  for (const event of events) {
    if (event.stateKey !== undefined) state.set(JSON.stringify([event.type, event.stateKey]), event)
  }
  return [...state.values()]
}
