import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MatrixError } from '../matrix-error.ts'
import { jsonBody, optionalBody, textField } from '../request/json-body.ts'
import { type RoomPath, roomOf } from '../request/room-path.ts'
import type { Content } from '../room/event.ts'
import { ban, invite, join, kick, leave, unban } from '../room/member.ts'
import type { Room } from '../room/room.ts'
import type { MatrixParts } from './api-parts.ts'

type Change = { sender: string; target: string; reason: string | undefined }

/** Who comes into a room and who leaves it. */
export async function members(app: FastifyInstance, { homeserver, limits, requester }: MatrixParts): Promise<void> {
  app.post<RoomPath>('/_matrix/client/v3/join/:room', async (request) => joined(request))
  app.post<RoomPath>('/_matrix/client/v3/rooms/:room/join', async (request) => joined(request))

  app.post<RoomPath>('/_matrix/client/v3/rooms/:room/leave', async (request) => {
    const own = requester(request)
    limits.take(own)
    leave(homeserver, roomOf(homeserver, request, own), own.userId, reasonIn(optionalBody(request)))
    return {}
  })

  changing('invite', invite)
  changing('kick', kick)
  changing('ban', ban)
  changing('unban', unban)

  function joined(request: FastifyRequest<RoomPath>) {
    const own = requester(request)
    optionalBody(request)
    limits.take(own)
    const room = homeserver.rooms.get(request.params.room)
    if (!room) throw new MatrixError(404, 'M_UNKNOWN', noServers)
    join(homeserver, room, own.userId)
    return { room_id: room.id }
  }

  /** A change of another user's membership. */
  function changing(name: string, change: (server: typeof homeserver, room: Room, one: Change) => void): void {
    app.post<RoomPath>(`/_matrix/client/v3/rooms/:room/${name}`, async (request) => {
      const own = requester(request)
      const body = jsonBody(request)
      const target = textField(body, 'user_id')
      limits.take(own)
      const room = roomOf(homeserver, request, own)
      change(homeserver, room, { sender: own.userId, target, reason: reasonIn(body) })
      return {}
    })
  }
}

const noServers = "Can't join remote room because no servers that are in the room have been provided."

function reasonIn({ reason }: Content): string | undefined {
  return typeof reason === 'string' ? reason : undefined
}
