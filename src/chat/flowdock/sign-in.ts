import type { FastifyInstance } from 'fastify'
import type { FlowdockOptions } from './flowdock.ts'
import { leave } from './oauth.ts'

/** Where "Sign in with Flowdock" leads. */
export async function signIn(app: FastifyInstance, { services }: FlowdockOptions): Promise<void> {
  app.get('/auth/flowdock', { preHandler: app.limits.identity }, async (request, reply) =>
    leave(services, request, reply, { kind: 'sign-in' }),
  )
}
