import type { User } from '../../state/types.ts'
import type { Homeserver } from '../homeserver.ts'
import { createRoom } from '../room/create-room.ts'
import { join } from '../room/member.ts'
import type { Room } from '../room/room.ts'

/** The Matrix user that a user of the sandbox is. */
export function matrixUser(homeserver: Homeserver, { nick }: User): string {
  return homeserver.userId(nick.toLowerCase())
}

/** Makes an account of every user, and a room that all are in. The application is not in it yet. */
export function seedMatrix(homeserver: Homeserver, users: readonly User[]): void {
  for (const { nick, name } of users) homeserver.addPerson(nick.toLowerCase(), { displayName: name })
  const [first, ...others] = users.map((user) => matrixUser(homeserver, user))
  if (!first) return
  const room = createRoom(homeserver, first, { name: 'Team Room', topic: 'What the team decides', invite: others })
  for (const userId of others) join(homeserver, room, userId)
}

/** What a room is called. */
export function roomName(room: Room): string {
  const { name } = room.state('m.room.name')?.content ?? {}
  return typeof name === 'string' && name ? name : 'Room without a name'
}

/** The page of a room. */
export function roomPath({ id }: Room): string {
  return `/app/matrix/rooms/${encodeURIComponent(id)}`
}
