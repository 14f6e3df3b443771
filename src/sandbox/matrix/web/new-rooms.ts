import type { FastifyInstance } from 'fastify'
import { changing, field, Refused } from '../../web/forms.ts'
import type { SandboxPage, SandboxWebOptions } from '../../web/page.ts'
import { signedIn } from '../../web/session.ts'
import type { Matrix } from '../matrix.ts'
import { createRoom } from '../room/create-room.ts'
import { refusing } from './matrix-rooms.ts'
import { directRoom, matrixUser, roomPath } from './people.ts'

export type NewRoomPageModel = SandboxPage & {
  /** The application service's own user. */
  bot: string
}

declare module '../../web/page.ts' {
  interface Views {
    'new-room': NewRoomPageModel
  }
}

type Options = SandboxWebOptions & { matrix: Matrix }

const maxNameLength = 100

/** The page that makes a room, or a direct room of the user and the application service. */
export async function newRooms(app: FastifyInstance, { world, showPage, matrix }: Options): Promise<void> {
  const { homeserver } = matrix

  app.get('/app/matrix', async (request, reply) => {
    const userId = matrixUser(homeserver, signedIn(request, world))
    const first = [...homeserver.rooms.values()].find((room) => room.membership(userId) === 'join')
    return reply.redirect(first ? roomPath(first) : '/app/matrix/new')
  })

  app.get('/app/matrix/new', async (request, reply) =>
    showPage(request, reply, 'new-room', { title: 'New room', bot: homeserver.botId }),
  )

  app.post('/app/matrix/new', changing(app), async (request, reply) => {
    const name = field(request, 'name').toWellFormed()
    if (name === '') throw new Refused(422, 'The room has no name. Go back and type one.')
    if (name.length > maxNameLength) throw new Refused(422, `A name holds at most ${maxNameLength} characters.`)
    const user = signedIn(request, world)
    const others = world.users.filter((one) => one !== user).map((one) => matrixUser(homeserver, one))
    const room = refusing(() => createRoom(homeserver, matrixUser(homeserver, user), { name, invite: others }))
    return reply.redirect(roomPath(room), 303)
  })

  // Links to the application service lead here.
  app.get('/app/matrix/direct', async (request, reply) => {
    const known = directRoom(homeserver, matrixUser(homeserver, signedIn(request, world)))
    return reply.redirect(known ? roomPath(known) : '/app/matrix/new')
  })

  app.post('/app/matrix/direct', changing(app), async (request, reply) => {
    const userId = matrixUser(homeserver, signedIn(request, world))
    const made = { is_direct: true, preset: 'trusted_private_chat', invite: [homeserver.botId] }
    const room = directRoom(homeserver, userId) ?? refusing(() => createRoom(homeserver, userId, made))
    return reply.redirect(roomPath(room), 303)
  })
}
