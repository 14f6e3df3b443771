import type { Homeserver } from '../homeserver.ts'
import { badRequest, forbidden, MatrixError } from '../matrix-error.ts'
import type { Content, RoomEvent, StrippedEvent } from './event.ts'
import type { Membership, Room } from './room.ts'

type MemberChange = {
  sender: string
  target: string
  reason?: string | undefined
  isDirect?: boolean
  /** Further fields of the member event. */
  content?: Content
}

/** Joins, as far as the room allows it. */
export function join(homeserver: Homeserver, room: Room, userId: string): void {
  const now = room.membership(userId)
  if (now === 'join') return
  if (now === 'ban') throw new MatrixError(403, 'M_BAD_STATE', 'Cannot join user who was banned')
  const isPublic = room.state('m.room.join_rules')?.content.join_rule === 'public'
  if (now !== 'invite' && !isPublic) throw forbidden('You are not invited to this room.')
  addMember(homeserver, room, 'join', { sender: userId, target: userId })
}

export function invite(homeserver: Homeserver, room: Room, change: MemberChange): void {
  const { sender, target } = change
  mustBeIn(room, sender)
  const now = room.membership(target)
  if (now === 'ban') throw new MatrixError(403, 'M_BAD_STATE', 'Cannot invite user who was banned')
  if (now === 'join') throw forbidden(`${target} is already in the room.`)
  if (room.power(sender) < room.powerFor('invite')) throw forbidden("You don't have permission to invite users")
  if (now !== 'invite') addMember(homeserver, room, 'invite', change)
}

/** Leaves the room, or declines an invitation. */
export function leave(homeserver: Homeserver, room: Room, userId: string, reason?: string): void {
  const now = room.membership(userId)
  if (now !== 'join' && now !== 'invite') throw forbidden(`${userId} not in room ${room.id}.`)
  addMember(homeserver, room, 'leave', { sender: userId, target: userId, reason })
}

/** Removes a member, or withdraws an invitation. */
export function kick(homeserver: Homeserver, room: Room, change: MemberChange): void {
  const { sender, target } = change
  mustBeIn(room, sender)
  const now = room.membership(target)
  if (now !== 'join' && now !== 'invite') throw forbidden('The target user is not in the room')
  if (room.power(sender) < room.powerFor('kick') || !isBelow(room, change)) {
    throw forbidden(`You cannot kick user ${target}.`)
  }
  addMember(homeserver, room, 'leave', change)
}

export function ban(homeserver: Homeserver, room: Room, change: MemberChange): void {
  mustBeIn(room, change.sender)
  if (room.power(change.sender) < room.powerFor('ban') || !isBelow(room, change)) {
    throw forbidden("You don't have permission to ban")
  }
  addMember(homeserver, room, 'ban', change)
}

export function unban(homeserver: Homeserver, room: Room, change: MemberChange): void {
  mustBeIn(room, change.sender)
  if (room.membership(change.target) !== 'ban') throw badRequest('The target user is not banned')
  if (room.power(change.sender) < room.powerFor('ban')) throw forbidden('You cannot unban user.')
  addMember(homeserver, room, 'leave', change)
}

/** Writes the user's profile into a room that the user is in. */
export function updateProfileIn(homeserver: Homeserver, room: Room, userId: string): void {
  if (room.membership(userId) === 'join') addMember(homeserver, room, 'join', { sender: userId, target: userId })
}

/** @throws {MatrixError} unless the user has joined */
export function mustBeIn(room: Room, userId: string): void {
  if (room.membership(userId) !== 'join') throw forbidden(`${userId} not in room ${room.id}.`)
}

function isBelow(room: Room, { sender, target }: MemberChange): boolean {
  return room.power(target) < room.power(sender)
}

export function addMember(
  homeserver: Homeserver,
  room: Room,
  membership: Membership,
  { sender, target, reason, isDirect, content }: MemberChange,
): RoomEvent {
  const profile = membership === 'join' || membership === 'invite' ? profileOf(homeserver, target) : {}
  return homeserver.addEvent(room, {
    type: 'm.room.member',
    sender,
    stateKey: target,
    content: {
      membership,
      ...profile,
      ...(reason ? { reason } : {}),
      ...(isDirect ? { is_direct: true } : {}),
      ...content,
    },
    inviteState: membership === 'invite' ? strippedState(room, sender) : undefined,
  })
}

function profileOf({ profiles }: Homeserver, userId: string): Content {
  const { displayName, avatarUrl } = profiles.get(userId) ?? {}
  return { ...(displayName && { displayname: displayName }), ...(avatarUrl && { avatar_url: avatarUrl }) }
}

const shownToInvited = ['create', 'join_rules', 'name', 'topic', 'canonical_alias', 'avatar', 'encryption']

function strippedState(room: Room, inviter: string): StrippedEvent[] {
  const events = [...shownToInvited.map((name) => room.state(`m.room.${name}`)), room.state('m.room.member', inviter)]
  return events.flatMap((event) => (event ? [stripped(event)] : []))
}

export function stripped({ type, stateKey = '', sender, content }: RoomEvent): StrippedEvent {
  return { type, state_key: stateKey, sender, content }
}
