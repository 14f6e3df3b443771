import type { FastifyInstance } from 'fastify'
import type { FlowdockOptions } from './flowdock.ts'
import { leave } from './oauth.ts'
import { flowPathIn } from './paths.ts'
import type { PurposeOf } from './purposes.ts'
import { Trouble } from './trouble.ts'

/** The setup URI: where a flow's inbox settings lead somebody who wants Polldock there. */
export async function setup(app: FastifyInstance, { services }: FlowdockOptions): Promise<void> {
  app.get('/flowdock/setup', { preHandler: app.limits.identity }, async (request, reply) =>
    leave(services, request, reply, { kind: 'setup', flow: flowAskedFor(request.query as Record<string, unknown>) }),
  )
}

/**
 * Flowdock gives both the flow's id and its address. The id will do.
 *
 * @returns undefined when there is neither: then it is to be chosen
 */
function flowAskedFor({ flow, flow_url: address }: Record<string, unknown>): PurposeOf<'setup'>['flow'] {
  if (flow === undefined && address === undefined) return undefined
  if (typeof flow === 'string' && /^[\w:.-]{1,100}$/.test(flow)) return { id: flow }
  const path = typeof address === 'string' ? flowPathIn(address) : undefined
  if (path === undefined) throw nameless
  return { path }
}

const nameless = new Trouble(
  400,
  'Which flow is it?',
  'The link that led here names no flow. Open the inbox settings of your flow, and set Polldock up from there.',
)
