import { badRequest } from '../matrix-error.ts'
import type { Content } from './event.ts'
import type { Room, RoomVersion } from './room.ts'

/** The power levels of a new room. */
export function defaultLevels(version: RoomVersion): Content {
  return {
    users_default: 0,
    events: {
      'm.room.name': 50,
      'm.room.power_levels': 100,
      'm.room.history_visibility': 100,
      'm.room.canonical_alias': 50,
      'm.room.avatar': 50,
      'm.room.tombstone': version === '12' ? 150 : 100,
      'm.room.server_acl': 100,
      'm.room.encryption': 100,
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: 50,
    historical: 100,
  }
}

/** @throws {MatrixError} if creators are in the list of a room where they have power without limit */
export function checkLevels(room: Room, { users }: Content): void {
  const creators = room.creators()
  const named = Object.keys((users ?? {}) as Content).find((userId) => creators.includes(userId))
  if (named) throw badRequest(`Creator user ${named} must not appear in content.users`)
}
