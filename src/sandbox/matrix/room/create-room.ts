import { z } from 'zod'
import type { Homeserver } from '../homeserver.ts'
import { badJson, MatrixError } from '../matrix-error.ts'
import type { Content } from './event.ts'
import { addMember, invite, mustBeIn } from './member.ts'
import { defaultLevels } from './power-levels.ts'
import type { Room, RoomVersion } from './room.ts'
import { sendState } from './send-event.ts'

const content = z.record(z.string(), z.unknown())
const presets = ['private_chat', 'trusted_private_chat', 'public_chat'] as const

const newRoom = z.object({
  name: z.string().optional(),
  topic: z.string().optional(),
  preset: z.enum(presets).optional(),
  visibility: z.enum(['public', 'private']).default('private'),
  invite: z.array(z.string()).max(100).default([]),
  is_direct: z.boolean().default(false),
  room_version: z.string().default('12'),
  creation_content: content.default({}),
  initial_state: z.array(z.object({ type: z.string(), state_key: z.string().default(''), content })).default([]),
  power_level_content_override: content.default({}),
})

/** Makes a room with the state that Synapse gives it. */
export function createRoom(homeserver: Homeserver, creator: string, body: Content): Room {
  const { data, error } = newRoom.safeParse(body)
  if (error) throw badJson(z.prettifyError(error))
  const version = roomVersion(data.room_version)
  const preset = data.preset ?? (data.visibility === 'public' ? 'public_chat' : 'private_chat')
  const isTrusted = preset === 'trusted_private_chat'
  const { room, createEventId } = homeserver.addRoom(version)
  const state = (type: string, value: Content, { stateKey = '', id }: { stateKey?: string; id?: string } = {}) =>
    homeserver.addEvent(room, { type, sender: creator, content: value, stateKey, ...(id && { id }) })

  const creators = isTrusted && version === '12' ? { additional_creators: data.invite } : {}
  state('m.room.create', { ...data.creation_content, ...creators, room_version: version }, { id: createEventId })
  addMember(homeserver, room, 'join', { sender: creator, target: creator })
  const users = version === '12' ? [] : [creator, ...(isTrusted ? data.invite : [])]
  const levels = {
    ...defaultLevels(version),
    users: Object.fromEntries(users.map((userId) => [userId, 100])),
    ...(preset === 'public_chat' ? {} : { invite: 0 }),
    ...data.power_level_content_override,
  }
  state('m.room.power_levels', levels)
  state('m.room.join_rules', { join_rule: preset === 'public_chat' ? 'public' : 'invite' })
  state('m.room.history_visibility', { history_visibility: 'shared' })
  if (preset !== 'public_chat') state('m.room.guest_access', { guest_access: 'can_join' })
  for (const one of data.initial_state) state(one.type, one.content, { stateKey: one.state_key })
  if (data.name) state('m.room.name', { name: data.name })
  if (data.topic) state('m.room.topic', { topic: data.topic, 'm.topic': { 'm.text': [{ body: data.topic }] } })
  for (const target of data.invite) invite(homeserver, room, { sender: creator, target, isDirect: data.is_direct })
  return room
}

/** Replaces a room by a new one. Nobody is moved, and the old one is muted. */
export function upgradeRoom(homeserver: Homeserver, old: Room, userId: string, body: Content): Room {
  mustBeIn(old, userId)
  const version = roomVersion(String(body.new_version))
  const isPublic = old.state('m.room.join_rules')?.content.join_rule === 'public'
  const name = old.state('m.room.name')?.content.name
  const replacement = createRoom(homeserver, userId, {
    room_version: version,
    preset: isPublic ? 'public_chat' : 'private_chat',
    ...(typeof name === 'string' ? { name } : {}),
    creation_content: { predecessor: { room_id: old.id } },
  })
  const farewell = { body: 'This room has been replaced', replacement_room: replacement.id }
  sendState(homeserver, old, { sender: userId, type: 'm.room.tombstone', stateKey: '', content: farewell })
  const levels = old.state('m.room.power_levels')?.content ?? {}
  const muted = { ...levels, events_default: 50, invite: 50 }
  sendState(homeserver, old, { sender: userId, type: 'm.room.power_levels', stateKey: '', content: muted })
  return replacement
}

function roomVersion(version: string): RoomVersion {
  if (version === '11' || version === '12') return version
  throw new MatrixError(400, 'M_UNSUPPORTED_ROOM_VERSION', 'Your homeserver does not support this room version')
}
