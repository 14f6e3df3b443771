import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Connection } from '../chat/connections.ts'
import { readSettings, settingsModel, type TypedSettings, typedFrom, typedSettings } from '../pages/connection-form.ts'
import { type FormErrors, fieldsOf } from '../pages/forms.ts'
import { showPage } from '../pages/page.ts'
import { type ConnectionParams, managed } from './connections.ts'
import type { WebOptions } from './web.ts'

/** Which polls a connection follows, and which of their events are posted. */
export async function connectionSettings(app: FastifyInstance, web: WebOptions): Promise<void> {
  app.get<ConnectionParams>('/connections/:id', async (request, reply) => {
    const connection = await managed(web, request)
    if (!connection) return reply.redirect('/connections', 303)
    return show(web, request, reply, connection, { typed: typedFrom(connection) })
  })

  const changing = { preHandler: [app.csrfProtection, app.limits.write] }
  app.post<ConnectionParams>('/connections/:id', changing, async (request, reply) => {
    const connection = await managed(web, request)
    if (!connection) return reply.redirect('/connections', 303)
    const typed = typedSettings(fieldsOf(request))
    const { settings, errors } = readSettings(typed)
    if (!settings) return show(web, request, reply.code(422), connection, { typed, errors })
    await web.services.connections.change(connection.id, settings)
    return reply.redirect('/connections?done=changed', 303)
  })
}

type Form = { typed: TypedSettings; errors?: FormErrors }

async function show(
  { services }: WebOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  { id, name, roomName, status }: Connection,
  { typed, errors = {} }: Form,
) {
  reply.header('cache-control', 'no-store')
  return showPage(request, reply, 'connection-edit', {
    title: `Settings of ${roomName}`,
    now: services.clock(),
    ...{ id, name, roomName, status, errors },
    settings: settingsModel(typed, await services.polls.categories()),
  })
}
