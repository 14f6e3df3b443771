import type { FastifyRequest } from 'fastify'
import type { Homeserver } from '../homeserver.ts'
import { forbidden } from '../matrix-error.ts'
import type { Requester } from '../request/requester.ts'
import type { RoomEvent } from '../room/event.ts'
import type { Room } from '../room/room.ts'
import { visibleTo } from '../room/visible.ts'

export type RoomPath = { Params: { room: string } }

/** The room of a request that changes it. An unknown room is answered like one that the user is not in. */
export function roomOf(homeserver: Homeserver, { params }: FastifyRequest<RoomPath>, { userId }: Requester): Room {
  const room = homeserver.rooms.get(params.room)
  if (!room) throw forbidden(`User ${userId} not in room ${params.room}`)
  return room
}

/** The room, and what the user may read of it, oldest first. */
export function readableRoom(
  homeserver: Homeserver,
  { params }: FastifyRequest<RoomPath>,
  { userId }: Requester,
): { room: Room; events: RoomEvent[] } {
  const room = homeserver.rooms.get(params.room)
  const events = room && visibleTo(room, userId)
  if (events) return { room, events }
  throw forbidden(`User ${userId} not in room ${params.room}, and room previews are disabled`)
}
