import type { FastifyInstance, FastifyRequest } from 'fastify'
import { forbidden, notFound } from '../matrix-error.ts'
import { jsonBody, textField } from '../request/json-body.ts'
import { type RoomPath, readableRoom, roomOf } from '../request/room-path.ts'
import { createRoom, upgradeRoom } from '../room/create-room.ts'
import { stateAfter } from '../room/visible.ts'
import type { MatrixParts } from './api-parts.ts'
import { clientEvent } from './representation.ts'

type StatePath = { Params: { room: string; type: string; '*'?: string } }

/** Rooms: making, replacing and listing them, and their state. */
export async function rooms(app: FastifyInstance, parts: MatrixParts): Promise<void> {
  const { homeserver, limits, requester } = parts

  app.post('/_matrix/client/v3/createRoom', async (request) => {
    const own = requester(request)
    const body = jsonBody(request)
    limits.take(own)
    return { room_id: createRoom(homeserver, own.userId, body).id }
  })

  app.post<RoomPath>('/_matrix/client/v3/rooms/:room/upgrade', async (request) => {
    const own = requester(request)
    const body = jsonBody(request)
    textField(body, 'new_version')
    limits.take(own)
    return { replacement_room: upgradeRoom(homeserver, roomOf(homeserver, request, own), own.userId, body).id }
  })

  app.get('/_matrix/client/v3/joined_rooms', async (request) => {
    const { userId } = requester(request)
    const joined = [...homeserver.rooms.values()].filter((room) => room.membership(userId) === 'join')
    return { joined_rooms: joined.map(({ id }) => id) }
  })

  app.get<RoomPath>('/_matrix/client/v3/rooms/:room/joined_members', async (request) => {
    const { userId, isAppService } = requester(request)
    const room = homeserver.rooms.get(request.params.room)
    const members = room?.members() ?? []
    if (isAppService && !members.some((member) => homeserver.isOfAppService(member))) {
      throw forbidden('Appservice not in room')
    }
    if (!isAppService && !members.includes(userId)) throw forbidden(`User ${userId} not in room ${request.params.room}`)
    return {
      joined: Object.fromEntries(
        members.map((member) => {
          const { displayname, avatar_url: avatar } = room?.state('m.room.member', member)?.content ?? {}
          return [member, { display_name: displayname ?? null, avatar_url: avatar ?? null }]
        }),
      ),
    }
  })

  app.get<RoomPath>('/_matrix/client/v3/rooms/:room/members', async (request) => {
    const own = requester(request)
    const { room } = readableRoom(homeserver, request, own)
    const members = room.allState().filter(({ type }) => type === 'm.room.member')
    return { chunk: members.map((event) => clientEvent(homeserver, room, event, own)) }
  })

  app.get<RoomPath>('/_matrix/client/v3/rooms/:room/state', async (request) => {
    const own = requester(request)
    const { room, events } = readableRoom(homeserver, request, own)
    return stateAfter(events).map((event) => clientEvent(homeserver, room, event, own))
  })

  app.get<StatePath>('/_matrix/client/v3/rooms/:room/state/:type', async (request) => readState(request, ''))
  app.get<StatePath>('/_matrix/client/v3/rooms/:room/state/:type/*', async (request) =>
    readState(request, request.params['*'] ?? ''),
  )

  function readState(request: FastifyRequest<StatePath>, stateKey: string) {
    const own = requester(request)
    const { room, events } = readableRoom(homeserver, request, own)
    const event = stateAfter(events).find((one) => one.type === request.params.type && one.stateKey === stateKey)
    if (!event) throw notFound('Event not found.')
    const { format } = request.query as { format?: string }
    return format === 'event' ? clientEvent(homeserver, room, event, own) : event.content
  }
}
