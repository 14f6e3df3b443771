import type { FastifyInstance } from 'fastify'
import { addressOf } from './address.ts'
import { flowdockChat } from './chat-name.ts'
import type { FlowdockOptions } from './flowdock.ts'
import { leave } from './oauth.ts'
import { isSourceId, sourceIdIn } from './paths.ts'
import { Trouble } from './trouble.ts'

/** The configuration URI: where a source leads in the inbox settings of its flow. */
export async function configure(app: FastifyInstance, { services }: FlowdockOptions): Promise<void> {
  app.get('/flowdock/configure', { preHandler: app.limits.identity }, async (request, reply) => {
    const externalId = sourceAskedFor(request.query as Record<string, unknown>)
    const connection = externalId && (await services.connections.atEnd(flowdockChat, externalId))
    if (!connection) throw unknown
    const { sourcePath } = addressOf(connection)
    const { id: connectionId } = connection
    return leave(services, request, reply, { kind: 'configure', connectionId, externalId, sourcePath })
  })
}

/** Flowdock's guide names the parameter in two ways, and gives the source's address besides. */
function sourceAskedFor(query: Record<string, unknown>): string | undefined {
  const { source, integration_id: integration, source_url: url } = query
  const id = [source, integration].find((value) => typeof value === 'string' && isSourceId(value))
  return typeof id === 'string' ? id : typeof url === 'string' ? sourceIdIn(url) : undefined
}

const unknown = new Trouble(
  404,
  'Polldock does not know this source',
  'It was disconnected here, or never set up. Remove it in the inbox settings of your flow, and set Polldock up anew.',
)
