import type { FastifyInstance, FastifyRequest } from 'fastify'
import { changing, field, Refused } from '../../web/forms.ts'
import type { SandboxPage, SandboxWebOptions, ShownFlow } from '../../web/page.ts'
import { signedIn } from '../../web/session.ts'
import type { Matrix } from '../matrix.ts'
import { MatrixError } from '../matrix-error.ts'
import type { Content } from '../room/event.ts'
import { invite, join, kick, leave } from '../room/member.ts'
import type { Room } from '../room/room.ts'
import { sendEvent, sendState } from '../room/send-event.ts'
import { matrixUser, nameIn, peopleIn, roomName, roomPath } from './people.ts'
import { pollResponse, pollVote } from './poll-model.ts'
import { type RoomEntry, roomEntries } from './room-model.ts'

export type RoomPageModel = SandboxPage & {
  room: ShownFlow
  /** The same as the room's, for forms of entries. */
  path: string
  entries: RoomEntry[]
  members: { id: string; name: string }[]
  /** The application service's own user. */
  bot: { id: string; isIn: boolean; isModerator: boolean }
}

/** The page of a room to which the user is invited. */
export type RoomInvitationPageModel = SandboxPage & {
  room: ShownFlow
  /** Who invited the user. */
  by: string
}

declare module '../../web/page.ts' {
  interface Views {
    room: RoomPageModel
    'room-invitation': RoomInvitationPageModel
  }
}

type RoomParams = { Params: { room: string } }
type Options = SandboxWebOptions & { matrix: Matrix }

const maxLineLength = 8_000
const maxKeyLength = 100
/** The power that clients call so. */
const moderator = 50

/** The pages of Matrix rooms. The user of the sandbox is a member, and does there what people do in a client. */
export async function matrixRooms(app: FastifyInstance, options: Options): Promise<void> {
  const { world, showPage, matrix, openPages } = options
  const { homeserver } = matrix
  const unsubscribe = homeserver.onEvent(({ stateKey }, room) => {
    openPages.changed(room.id)
    // State is what lists of rooms show: names and members. Who has left is named by the key.
    if (stateKey !== undefined) for (const userId of [stateKey, ...peopleIn(room)]) openPages.changed(userId)
  })
  app.addHook('preClose', async () => unsubscribe())

  app.get<RoomParams>('/app/matrix/rooms/:room', async (request, reply) => {
    const { room, userId } = own(request)
    const { botId } = homeserver
    const path = roomPath(room)
    const name = roomName(room, userId)
    const shown = { title: name, room: { id: room.id, name, path } }
    if (room.membership(userId) === 'invite') {
      const by = nameIn(room, room.state('m.room.member', userId)?.sender ?? '')
      return showPage(request, reply, 'room-invitation', { ...shown, by })
    }
    return showPage(request, reply, 'room', {
      ...shown,
      path,
      entries: roomEntries(homeserver, room, userId),
      members: room.members().map((id) => ({ id, name: nameIn(room, id) })),
      bot: { id: botId, isIn: peopleIn(room).includes(botId), isModerator: room.power(botId) >= moderator },
    })
  })

  app.get<RoomParams>('/app/matrix/rooms/:room/stream', { exposeHeadRoute: false }, async (request, reply) => {
    const { room, userId } = own(request)
    openPages.open(reply, [room.id, userId])
  })

  posting('accept', (_request, room, userId) => join(homeserver, room, userId))

  posting('decline', (_request, room, userId) => {
    leave(homeserver, room, userId)
    return '/'
  })

  posting('say', (request, room, userId) => {
    const body = field(request, 'content')
    if (body === '') throw new Refused(422, 'The message is empty. Go back and type one.')
    if (body.length > maxLineLength) throw new Refused(422, `A line holds at most ${maxLineLength} characters.`)
    send(room, userId, 'm.room.message', { msgtype: 'm.text', body: body.toWellFormed(), ...inThread(request) })
  })

  posting('react', (request, room, userId) => {
    const key = field(request, 'key').slice(0, maxKeyLength).toWellFormed()
    if (key === '') throw new Refused(422, 'Choose an emoji.')
    const given = room.related(field(request, 'event')).find(({ type, sender, content }) => {
      const { 'm.relates_to': relation } = content as { 'm.relates_to'?: { key?: unknown } }
      return type === 'm.reaction' && sender === userId && relation?.key === key
    })
    if (given) return send(room, userId, 'm.room.redaction', { redacts: given.id })
    const relation = { rel_type: 'm.annotation', event_id: field(request, 'event'), key }
    send(room, userId, 'm.reaction', { 'm.relates_to': relation })
  })

  posting('vote', (request, room, userId) => {
    const { answer = [] } = (request.body ?? {}) as { answer?: string | string[] }
    send(room, userId, pollResponse, pollVote(field(request, 'event'), [answer].flat()))
  })

  posting('invite', (_request, room, userId) => {
    invite(homeserver, room, { sender: userId, target: homeserver.botId })
  })

  posting('promote', (_request, room, userId) => {
    const levels = room.state('m.room.power_levels')?.content
    const users = { ...Object(levels?.users), [homeserver.botId]: moderator }
    const content = { ...levels, users }
    sendState(homeserver, room, { sender: userId, type: 'm.room.power_levels', stateKey: '', content })
  })

  posting('remove', (_request, room, userId) => {
    kick(homeserver, room, { sender: userId, target: homeserver.botId })
  })

  /** A form that leads back to the room, or to the page that it returns. */
  function posting(name: string, act: (request: FastifyRequest<RoomParams>, room: Room, userId: string) => unknown) {
    app.post<RoomParams>(`/app/matrix/rooms/:room/${name}`, changing(app), async (request, reply) => {
      const { room, userId } = own(request)
      const next = refusing(() => act(request, room, userId))
      return reply.redirect(typeof next === 'string' ? next : roomPath(room), 303)
    })
  }

  function send(room: Room, sender: string, type: string, content: Content): void {
    sendEvent(homeserver, room, { sender, type, content })
  }

  /** The room of the request, and the user, who is in it or invited. */
  function own(request: FastifyRequest<RoomParams>): { room: Room; userId: string } {
    const room = homeserver.rooms.get(request.params.room)
    if (!room) throw new Refused(404, 'This room does not exist. The sandbox deletes all rooms when it restarts.')
    const user = signedIn(request, world)
    const userId = matrixUser(homeserver, user)
    if (peopleIn(room).includes(userId)) return { room, userId }
    throw new Refused(403, `${user.name} is not in this room. Switch to a user who is.`)
  }
}

/** @throws {Refused} what the homeserver does not allow */
export function refusing<Result>(act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    if (error instanceof MatrixError) throw new Refused(error.status, error.message)
    throw error
  }
}

/** The relation of a reply in a thread. */
function inThread(request: FastifyRequest): Content {
  const root = field(request, 'thread')
  if (root === '') return {}
  const fallback = { is_falling_back: true, 'm.in_reply_to': { event_id: root } }
  return { 'm.relates_to': { rel_type: 'm.thread', event_id: root, ...fallback } }
}
