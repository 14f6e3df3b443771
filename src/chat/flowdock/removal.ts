import type { FastifyInstance } from 'fastify'
import { managerOf } from '../../pages/manager.ts'
import { addressOf } from './address.ts'
import type { FlowdockOptions } from './flowdock.ts'
import { leave } from './oauth.ts'

/**
 * Goes to Flowdock's sign-in to remove a source there, which only somebody who is in the flow can do. The connection
 * ends when they are back: until then nothing has changed.
 */
export async function removal(app: FastifyInstance, { services }: FlowdockOptions): Promise<void> {
  const changing = { preHandler: [app.csrfProtection, app.limits.identity] }
  app.post<{ Params: { id: string } }>('/flowdock/connections/:id/remove', changing, async (request, reply) => {
    const manager = await managerOf(services, request)
    if (!manager) return reply.redirect('/connections', 303)
    const connection = await services.connections.find(request.params.id, manager)
    const { sourcePath } = addressOf(connection)
    return leave(services, request, reply, { kind: 'remove', connectionId: connection.id, sourcePath })
  })
}
