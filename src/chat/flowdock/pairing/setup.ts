import type { FastifyInstance } from 'fastify'
import { managerOf } from '../../../server/pages/connection-access.ts'
import { ownPath } from '../../../server/pages/return-path.ts'
import { FlowdockError } from '../flowdock-error.ts'
import { addressOf, flowPathIn, setupPath, signInPath } from '../paths.ts'
import { startSignIn } from './oauth.ts'
import type { PairingOptions } from './pairing-options.ts'
import type { PurposeOf } from './purposes.ts'

/** The setup URI: the inbox settings of a flow link to it, and so do dead connections. */
export async function setup(
  app: FastifyInstance,
  { services }: PairingOptions<'config' | 'chats' | 'chatAccounts' | 'connections'>,
): Promise<void> {
  const limited = { preHandler: app.limits.identity }
  app.get(setupPath, limited, async (request, reply) =>
    startSignIn(services, request, reply, {
      kind: 'setup',
      flow: flowAskedFor(request.query as Record<string, unknown>),
    }),
  )

  app.get<{ Params: { id: string } }>('/flowdock/connections/:id/setup', limited, async (request, reply) => {
    const manager = await managerOf(services, request)
    if (!manager) return reply.redirect('/connections', 303)
    const { flowPath } = addressOf(await services.connections.find(request.params.id, manager))
    return startSignIn(services, request, reply, { kind: 'setup', flow: { path: flowPath } })
  })
}

/**
 * Flowdock sends the flow's id and its URL. The id is enough.
 *
 * @returns undefined when both are missing: the person chooses a flow
 */
function flowAskedFor({ flow, flow_url: address }: Record<string, unknown>): PurposeOf<'setup'>['flow'] {
  if (flow === undefined && address === undefined) return undefined
  if (typeof flow === 'string' && /^[\w:.-]{1,100}$/.test(flow)) return { id: flow }
  const path = typeof address === 'string' ? flowPathIn(address) : undefined
  if (path === undefined) throw nameless
  return { path }
}

const nameless = new FlowdockError(
  400,
  'No flow was chosen',
  'This link names no flow. Open the inbox settings of your flow and set up Polldock there.',
)

/** The route of "Sign in with Flowdock", from the page `back`. */
export async function signIn(app: FastifyInstance, { services }: PairingOptions<'config'>): Promise<void> {
  app.get<{ Querystring: Record<string, unknown> }>(
    signInPath,
    { preHandler: app.limits.identity },
    async (request, reply) =>
      startSignIn(services, request, reply, { kind: 'sign-in', back: ownPath(request.query.back) }),
  )
}
