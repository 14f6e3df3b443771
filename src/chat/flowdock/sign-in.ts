import type { FastifyInstance } from 'fastify'
import { ownPath } from '../../pages/way-back.ts'
import type { FlowdockOptions } from './flowdock.ts'
import { leave } from './oauth.ts'

/** Where "Sign in with Flowdock" leads, from the page that `back` names. */
export async function signIn(app: FastifyInstance, { services }: FlowdockOptions): Promise<void> {
  app.get<{ Querystring: Record<string, unknown> }>(
    '/auth/flowdock',
    { preHandler: app.limits.identity },
    async (request, reply) => leave(services, request, reply, { kind: 'sign-in', back: ownPath(request.query.back) }),
  )
}
