import type { FastifyInstance } from 'fastify'
import { managerOf } from '../../../server/pages/connection-access.ts'
import { FlowdockError } from '../flowdock-error.ts'
import { flowdockChat } from '../ids.ts'
import { addressOf, isSourceId, sourceIdIn } from '../paths.ts'
import { startSignIn } from './oauth.ts'
import type { PairingOptions } from './pairing-options.ts'

/** The configuration URI: the inbox settings of a flow link to it from a source. */
export async function configure(
  app: FastifyInstance,
  { services }: PairingOptions<'config' | 'connections'>,
): Promise<void> {
  app.get('/flowdock/configure', { preHandler: app.limits.identity }, async (request, reply) => {
    const externalId = sourceAskedFor(request.query as Record<string, unknown>)
    const connection = externalId && (await services.connections.atEnd(flowdockChat, externalId))
    if (!connection) throw unknown
    const { sourcePath } = addressOf(connection)
    const { id: connectionId } = connection
    return startSignIn(services, request, reply, { kind: 'configure', connectionId, externalId, sourcePath })
  })
}

/** Flowdock's guide names the parameter in two ways, and also sends the source's URL. */
function sourceAskedFor(query: Record<string, unknown>): string | undefined {
  const { source, integration_id: integration, source_url: url } = query
  const id = [source, integration].find((value) => typeof value === 'string' && isSourceId(value))
  return typeof id === 'string' ? id : typeof url === 'string' ? sourceIdIn(url) : undefined
}

const unknown = new FlowdockError(
  404,
  'Polldock does not know this source',
  'It was disconnected here, or never set up. Remove it in the inbox settings of your flow, and set up Polldock again.',
)

/**
 * Redirects to Flowdock's sign-in to remove a source, which only a member of the flow can do. The connection ends after
 * the redirect back.
 */
export async function removal(
  app: FastifyInstance,
  { services }: PairingOptions<'config' | 'chats' | 'chatAccounts' | 'connections'>,
): Promise<void> {
  const changing = { preHandler: [app.csrfProtection, app.limits.identity] }
  app.post<{ Params: { id: string } }>('/flowdock/connections/:id/remove', changing, async (request, reply) => {
    const manager = await managerOf(services, request)
    if (!manager) return reply.redirect('/connections', 303)
    const connection = await services.connections.find(request.params.id, manager)
    const { sourcePath } = addressOf(connection)
    return startSignIn(services, request, reply, { kind: 'remove', connectionId: connection.id, sourcePath })
  })
  // Somebody who opens the form's address again is led to the form.
  app.get('/flowdock/connections/:id/remove', async (_request, reply) => reply.redirect('/connections', 302))
}
