import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { chatVariables } from '../../chat/chats.ts'
import type { Connection, ConnectionListing } from '../../chat/connections/connections.ts'
import type { LinkedAccount } from '../../people/chat-accounts.ts'
import { chatName } from '../../people/model/person-name.ts'
import { managerOf } from '../../server/pages/connection-access.ts'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import type { Services } from '../../services.ts'
import type { WebOptions } from '../web-options.ts'
import { type ConnectionModel, canTry, connectionModels } from './connection-model.ts'

export type ConnectionParams = { Params: { id: string } }

export type ConnectionsPageModel = Page & {
  done: string | undefined
  /** The environment variables that set a chat up. */
  chatVariables: readonly string[]
  /** The connected rooms that a sign-in finds: "channels"; empty without a chat that has them. */
  rooms: string
  /** `chat` is its name, `key` its key. */
  accounts: readonly (Pick<LinkedAccount, 'chat' | 'name' | 'mustShowAgain'> & { key: string })[]
  connections: ConnectionModel[]
  /** Whether several connections can be tried at once. */
  canTryAll: boolean
}

export type ConnectionPart = Page & { connection: ConnectionModel }

/** A button that does something with a connection. */
export type ConnectionStepPart = {
  page: Pick<Page['page'], 'csrf'>
  id: string
  roomName: string
  step: 'pause' | 'resume' | 'resend'
  label: string
}

export type ConnectionEndPageModel = Page & {
  id: string
  name: string
  roomName: string
  /** What becomes of what was posted, in a sentence. */
  ending: string
  /** What else can be removed from the chat, and the form that does so. */
  removal: { path: string; leaves: string; chat: string; room: string } | undefined
}

declare module '../../server/views.ts' {
  interface Views {
    'connections/connections': ConnectionsPageModel
    'connections/connection-end': ConnectionEndPageModel
  }
}

/**
 * The connections to chats. People who signed in with a chat see those that they may manage.
 */
export async function connections(
  app: FastifyInstance,
  web: WebOptions<'clock' | 'chats' | 'chatAccounts' | 'connections' | 'delivery'>,
): Promise<void> {
  const { connections, delivery } = web.services

  app.get('/connections', async (request, reply) => showConnections(web, request, reply))

  app.get<ConnectionParams>('/connections/:id/disconnect', async (request, reply) => {
    const connection = await managed(web, request)
    if (!connection) return reply.redirect('/connections', 303)
    const { id, name, roomName, chat } = connection
    const ending = web.services.chats.get(chat)?.description.ending ?? 'What was posted stays there.'
    const shown = { id, name, roomName, ending, removal: removalOf(web.services, connection) }
    return showPage(request, reply, 'connections/connection-end', {
      title: `Disconnect ${roomName}`,
      now: web.services.clock(),
      ...shown,
    })
  })

  const changing = { preHandler: [app.csrfProtection, app.limits.write] }
  const button = (name: string, done: string, press: (id: string) => Promise<void>) =>
    app.post<ConnectionParams>(`/connections/:id/${name}`, changing, async (request, reply) => {
      const connection = await managed(web, request)
      if (connection) await press(connection.id)
      const { id, chat } = connection ?? {}
      return reply.redirect(id ? `/connections?done=${done}&of=${id}&chat=${chat}` : '/connections', 303)
    })

  button('resend', 'resent', (id) => delivery.resend(id))
  app.post('/connections/try-all', changing, async (request, reply) => {
    const manager = await managerOf(web.services, request)
    const found = manager ? await connections.list(manager) : []
    await Promise.all(found.filter((one) => canTry(one, web.services.chats)).map(({ id }) => delivery.resend(id)))
    return reply.redirect('/connections?done=resent', 303)
  })
  button('pause', 'paused', (id) => connections.pause(id))
  button('resume', 'resumed', (id) => connections.resume(id))
  button('disconnect', 'disconnected', (id) => connections.disconnect(id))
}

/**
 * The connection that the URL names. Undefined when the person has not signed in with a chat.
 *
 * @throws {Refusal} `not_found` when they may not manage it
 */
export async function managed(
  { services }: WebOptions<'chats' | 'chatAccounts' | 'connections'>,
  request: FastifyRequest<ConnectionParams>,
) {
  const manager = await managerOf(services, request)
  return manager && services.connections.find(request.params.id, manager)
}

async function showConnections(
  { services }: WebOptions<'clock' | 'chats' | 'chatAccounts' | 'connections'>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const now = services.clock()
  const manager = await managerOf(services, request)
  const found = manager ? await services.connections.list(manager) : []
  const { done, of, chat } = request.query as Record<string, unknown>
  const descriptions = [...services.chats.values()].map(({ description }) => description)
  const tried = found.filter(({ id }) => of === undefined || of === id)
  reply.header('cache-control', 'no-store')
  return showPage(request, reply, 'connections/connections', {
    title: 'Connections',
    now,
    done: done === 'resent' ? triedText(tried) : doneText(services, done, chat),
    chatVariables,
    rooms: descriptions
      .filter(({ key, findsRooms }) => findsRooms && manager?.accounts.some(({ chat }) => chat === key))
      .map(({ room }) => `${room}s`)
      .join(' and '),
    accounts: (manager?.accounts ?? []).map(({ chat, name, mustShowAgain }) => ({
      key: chat,
      chat: chatName(chat),
      name,
      mustShowAgain,
    })),
    connections: connectionModels(found, services.chats, now),
    canTryAll: found.filter((one) => canTry(one, services.chats)).length > 1,
  })
}

/** A retired connection has nothing left in the chat. */
function removalOf({ chats }: Pick<Services, 'chats'>, { id, chat, status }: Connection) {
  const { leaves, room, name } = chats.get(chat)?.description ?? {}
  if (status === 'retired' || !leaves || !room || !name) return undefined
  return { path: `/${chat}/connections/${id}/remove`, leaves, room, chat: name }
}

/** The result of trying again, as far as it is known. A connection that ended shows the reason itself. */
function triedText(tried: readonly ConnectionListing[]): string | undefined {
  const active = tried.filter(({ status }) => status === 'active')
  if (active.length === 0) return undefined
  if (active.some(({ failingSince, retryAt }) => failingSince && retryAt))
    return 'It still fails. Polldock keeps trying.'
  if (active.some(({ waiting }) => waiting > 0)) return 'Polldock is trying now to post the waiting messages.'
  if (active.some(({ rejected }) => rejected.length > 0))
    return 'Rejected messages are posted again. Those that are still listed were rejected once more, or are on their way.'
  return 'It works again. All messages were posted.'
}

/** @param key the chat of the connection; by default the first */
function doneText({ chats }: Pick<Services, 'chats'>, done: unknown, key: unknown): string | undefined {
  const [first] = chats.values()
  const { room = 'room' } = (chats.get(String(key)) ?? first)?.description ?? {}
  return typeof done === 'string' ? doneTexts(room).get(done) : undefined
}

const doneTexts = (room: string) =>
  new Map([
    ['connected', `The ${room} is connected. New events of the polls that you chose appear there.`],
    ['posting', `The ${room} is connected. Polldock is posting the open polls; new events follow as they happen.`],
    ['changed', 'The settings were saved.'],
    ['paused', 'Paused. Polldock keeps new events, and posts them when you resume.'],
    ['resumed', 'Resumed. Polldock is posting the events that waited.'],
    ['disconnected', `The ${room} is disconnected. Polldock posts nothing more there.`],
    ['removed', `The ${room} is disconnected, and its source is removed.`],
    [
      'left',
      `The ${room} is disconnected, but its source could not be removed. Remove it in the inbox settings there.`,
    ],
  ])
