import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../../errors.ts'
import { field, fieldsOf } from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import { comingTime, type ShownTime } from '../time.ts'
import type { WebOptions } from '../web-options.ts'
import { type ConnectionParams, managed } from './connections.ts'

export type ConnectionSecretPageModel = Page & {
  id: string
  roomName: string
  room: string
  /** What was done before this page: connected, and whether open polls are being posted; or whether the secret is new. */
  done: string | undefined
  secret: string
  /** Identifies the secret; a form that is sent twice replaces it once. */
  shown: string
  /** Until when the former secret is valid, too. */
  formerUntil: ShownTime | undefined
}

declare module '../../server/views.ts' {
  interface Views {
    'connections/connection-secret': ConnectionSecretPageModel
  }
}

type Web = WebOptions<'clock' | 'chats' | 'chatAccounts' | 'connections' | 'credentials'>

/** The secret that signs the messages of a connection, for the person who gives it to the receiver. */
export async function connectionSecret(app: FastifyInstance, web: Web): Promise<void> {
  const { connections, credentials, clock } = web.services

  app.get<ConnectionParams>('/connections/:id/secret', async (request, reply) => {
    const found = await signed(web, request)
    if (!found) return reply.redirect('/connections', 303)
    const { connection, chat, signing, stored } = found
    const now = clock()
    const until = signing.formerUntil(stored, now)
    const { done } = request.query as Record<string, unknown>
    const secret = signing.secretOf(stored)
    reply.header('cache-control', 'no-store')
    return showPage(request, reply, 'connections/connection-secret', {
      title: `Secret of ${connection.roomName}`,
      now,
      ...{ id: connection.id, roomName: connection.roomName, room: chat.room, secret },
      done: typeof done === 'string' ? done : undefined,
      shown: fingerprint(secret),
      formerUntil: until && comingTime(until, now, null),
    })
  })

  const changing = { preHandler: [app.csrfProtection, app.limits.write] }
  app.post<ConnectionParams>('/connections/:id/secret', changing, async (request, reply) => {
    const found = await signed(web, request)
    if (!found) return reply.redirect('/connections', 303)
    const { connection, signing, stored, sealed } = found
    const isReplaced =
      field(fieldsOf(request), 'shown') === fingerprint(signing.secretOf(stored)) &&
      (await connections.replaceCredentials(connection.id, {
        from: sealed,
        to: await credentials.seal(signing.rotate(stored, clock())),
      }))
    return reply.redirect(`/connections/${connection.id}/secret?done=${isReplaced ? 'replaced' : 'unchanged'}`, 303)
  })
}

/** The connection that the URL names, with its credentials. Undefined for people who manage no connections. */
async function signed(web: Web, request: FastifyRequest<ConnectionParams>) {
  const connection = await managed(web, request)
  if (!connection) return undefined
  const { chats, connections, credentials } = web.services
  const chat = chats.get(connection.chat)
  const sealed = await connections.credentialsOf(connection.id)
  const stored = sealed ? await credentials.open(sealed) : undefined
  if (!chat?.signing || !sealed || stored === undefined) {
    throw new Refusal('not_found', 'This connection has no secret, or it has ended. Connect it again.')
  }
  return { connection, chat: chat.description, signing: chat.signing, sealed, stored }
}

function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 22)
}
