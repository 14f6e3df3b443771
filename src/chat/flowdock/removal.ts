import type { FastifyInstance } from 'fastify'
import { managerOf } from '../../pages/manager.ts'
import { addressOf } from './address.ts'
import type { FlowdockOptions } from './flowdock.ts'
import { leave } from './oauth.ts'

/**
 * Ends a connection here at once, and then goes to Flowdock's sign-in to remove the source there too: only somebody who
 * is in the flow can do that.
 */
export async function removal(app: FastifyInstance, { services }: FlowdockOptions): Promise<void> {
  const changing = { preHandler: [app.csrfProtection, app.limits.identity] }
  app.post<{ Params: { id: string } }>('/flowdock/connections/:id/remove', changing, async (request, reply) => {
    const manager = await managerOf(services, request)
    if (!manager) return reply.redirect('/connections', 303)
    const connection = await services.connections.find(request.params.id, manager)
    await services.connections.disconnect(connection.id)
    return leave(services, request, reply, { kind: 'remove', sourcePath: addressOf(connection).sourcePath })
  })
}
