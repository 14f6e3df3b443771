import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RecentOutcomes } from '../actions/outcome.ts'
import { Failure } from '../api/failure.ts'
import type { Faults } from '../faults/faults.ts'
import type { Matrix } from '../matrix/matrix.ts'
import { matrixUser, peopleIn, roomName, roomPath } from '../matrix/web/people.ts'
import type { Grants } from '../oauth/grants.ts'
import type { Flow } from '../state/flow.ts'
import type { User } from '../state/types.ts'
import type { World } from '../world.ts'
import { assetUrls } from './assets.ts'
import { Refused } from './forms.ts'
import { avatarPath, flowPath, privatePath } from './paths.ts'
import { signedIn } from './session.ts'
import type { OpenPages } from './stream.ts'

/** The models of the templates, by the template's name. Each file that builds a model adds it here (`declare module`). */
export interface Views {
  error: SandboxErrorPageModel
}

/** What every page gets from `pages`. */
export type SandboxPage = { page: SandboxFrame }
type SandboxFrame = ReturnType<typeof frame>

export type SandboxErrorPageModel = SandboxPage & { title: string; message: string }

export type ShownFlow = { id: string; name: string; path: string }

export function shownFlow(world: World, flow: Flow): ShownFlow {
  return { id: flow.id, name: flow.name, path: flowPath(world, flow) }
}

/** The part of a flow that the page shows; the settings page has none. */
export type Pane = 'chat' | 'inbox' | 'thread' | 'people'

/** `stream` is the URL of the event stream, for pages that update themselves. */
export type SandboxStartPart = SandboxPage & { flow?: ShownFlow; pane?: Pane; stream?: string }
/** A Matrix room that the user is in, or invited to. */
export type ShownRoom = ShownFlow & { isInvited: boolean }
/** `current` is the id of the flow, the room or the private conversation that is shown. */
export type RailPart = { page: Pick<SandboxFrame, 'organization' | 'flows' | 'others' | 'rooms'>; current: string }
/** The form that sends a chat line. */
export type ComposerPart = { page: Pick<SandboxFrame, 'csrf'>; action: string; label: string }
export type TabsPart = { flow: ShownFlow; pane?: Pane }
/** All problems of a form that was sent. */
export type ErrorsPart = { errors: string[] }

/** Renders `views/<view>.eta` with the model and the frame of all pages, and sends it. */
export type ShowPage = <Name extends keyof Views>(
  request: FastifyRequest,
  reply: FastifyReply,
  view: Name,
  model: Omit<Views[Name], 'page'> & { title: string },
) => Promise<FastifyReply>

export function pages(box: Box): ShowPage {
  return async (request, reply, view, model) => {
    const page = frame(box, request, reply, model.title)
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8')
    return reply.view(view, { ...model, page })
  }
}

function frame({ world, faults, matrix }: Box, request: FastifyRequest, reply: FastifyReply, title: string) {
  const user = signedIn(request, world)
  return {
    title,
    assets: assetUrls,
    csrf: reply.generateCsrf(),
    path: request.url,
    organization: world.organization.name,
    user: { name: user.name, avatar: avatarPath(user) },
    users: world.users.map((one) => ({ id: one.id, name: one.name, avatar: avatarPath(one), isMe: one === user })),
    flows: world.flowsOf(user).map((flow) => shownFlow(world, flow)),
    others: world.people.members
      .filter((one) => one !== user)
      .map((one) => ({ id: `private-${one.id}`, name: one.name, path: privatePath(one), avatar: avatarPath(one) })),
    rooms: matrix && roomsOf(matrix, user),
    faults: faults.list().length,
  }
}

/** The Matrix rooms that the user is in, or invited to. */
function roomsOf({ homeserver }: Matrix, user: User): ShownRoom[] {
  const userId = matrixUser(homeserver, user)
  return [...homeserver.rooms.values()]
    .filter((room) => peopleIn(room).includes(userId))
    .map((room) => {
      const isInvited = room.membership(userId) === 'invite'
      return { id: room.id, name: roomName(room, userId), path: roomPath(room), isInvited }
    })
}

const headings: Record<number, string> = {
  400: 'Bad request',
  403: 'Not allowed',
  404: 'Not found',
  413: 'Too large',
  422: 'Invalid input',
  503: 'Too many open pages',
}

const foreign =
  'This form was not sent by a page of the sandbox, or your browser keeps no cookies. Reload the page and try again.'

/** Shows every error as a page. */
export function errorPages(app: FastifyInstance, showPage: ShowPage): void {
  app.get('/app/*', () => {
    throw new Refused(404, 'The link may be incomplete.')
  })
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error instanceof Failure ? error.status : (error.statusCode ?? 500)
    if (status >= 500 && !(error instanceof Refused)) request.log.error({ err: error }, 'A page of the sandbox failed')
    return showPage(request, reply.code(status), 'error', {
      title: headings[status] ?? 'Something went wrong',
      message: messageOf(error, status),
    })
  })
}

function messageOf(error: FastifyError, status: number): string {
  if (error.code?.startsWith('FST_CSRF_')) return foreign
  if (status === 413) return 'The sandbox takes no form of this size. Go back and choose a smaller file.'
  return status < 500 || error instanceof Refused ? error.message : 'The sandbox failed.'
}

/** With a homeserver, the sandbox has Matrix rooms, too. */
export type Box = { world: World; grants: Grants; faults: Faults; matrix?: Matrix | undefined }

/** The services of the pages' routes. */
export type SandboxWebOptions = Box & { showPage: ShowPage; outcomes: RecentOutcomes; openPages: OpenPages }
