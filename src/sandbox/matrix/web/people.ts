import type { People } from '../../state/people/people.ts'
import type { User } from '../../state/types.ts'
import type { Homeserver } from '../homeserver.ts'
import { isExclusive } from '../registration.ts'
import { createRoom } from '../room/create-room.ts'
import { join } from '../room/member.ts'
import type { Room } from '../room/room.ts'

/** The Matrix user that a user of the sandbox is. */
export function matrixUser(homeserver: Homeserver, { login }: User): string {
  return homeserver.userId(login)
}

/** Gives every user an account, later ones too, and makes a room that the first are in. The application is not in it yet. */
export function seedMatrix(homeserver: Homeserver, people: People): void {
  const { users } = people
  const addAccount = ({ login, name }: User) => homeserver.addPerson(login, { displayName: name })
  for (const user of users) addAccount(user)
  people.reserve((login) => {
    const userId = homeserver.userId(login)
    return (
      homeserver.accounts.has(userId) || isExclusive(homeserver.registration, userId) || userId === homeserver.botId
    )
  })
  people.changes.subscribe(({ newUser }) => {
    if (newUser) addAccount(newUser)
  })
  const [first, ...others] = users.map((user) => matrixUser(homeserver, user))
  if (!first) return
  const room = createRoom(homeserver, first, { name: 'Team Room', topic: 'What the team decides', invite: others })
  for (const userId of others) join(homeserver, room, userId)
}

/** The members of a room, and who is invited to it. */
export function peopleIn(room: Room): string[] {
  return room.members(['join', 'invite'])
}

/** The name in the room, else the user's id. */
export function nameIn(room: Room, userId: string): string {
  const { displayname } = room.state('m.room.member', userId)?.content ?? {}
  return typeof displayname === 'string' ? displayname : userId
}

/** What a room is called. One without a name, such as a direct room, is called by the others in it. */
export function roomName(room: Room, userId: string): string {
  const name = givenName(room)
  if (name) return name
  const others = peopleIn(room).filter((one) => one !== userId)
  return others.map((one) => nameIn(room, one)).join(', ') || 'Empty room'
}

/** The room in which the user and the application service are alone, or will be. */
export function directRoom({ rooms, botId }: Homeserver, userId: string): Room | undefined {
  const isDirect = (room: Room) => {
    const people = peopleIn(room)
    return !givenName(room) && people.length === 2 && people.includes(userId) && people.includes(botId)
  }
  return [...rooms.values()].find(isDirect)
}

/** The page of a room. */
export function roomPath({ id }: Room): string {
  return `/app/matrix/rooms/${encodeURIComponent(id)}`
}

function givenName(room: Room): string | undefined {
  const { name } = room.state('m.room.name')?.content ?? {}
  return typeof name === 'string' && name ? name : undefined
}
