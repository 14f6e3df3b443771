import formbody from '@fastify/formbody'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import type { ApiRoutes } from '../../src/api/api-routes.ts'
import { expectedRevision, ifMatch } from '../../src/api/conditional.ts'
import { identity } from '../../src/api/identity.ts'
import { pollParams } from '../../src/api/parameters.ts'
import { ballot } from '../../src/polls/inputs/inputs.ts'
import { changing } from '../../src/server/pages/forms.ts'
import type { Services } from '../../src/services.ts'

/** The responses of the limits, set before the measurement. */
export type Served = { page: Buffer; json: unknown }

const location = '/polls/where-to-eat-lunch-no-op#vote'

/** Routes that do nothing, next to the real ones: behind the same plugins, sessions, tokens and checks. */
export async function addLimits(app: FastifyInstance, services: Services, served: Served): Promise<void> {
  app.get('/limits/page', async (_request, reply) => sendPage(reply, served))
  app.post('/limits/ballot', changing(app, 'vote'), async (_request, reply) => reply.redirect(location, 303))
  app.post('/limits/unchecked', async (_request, reply) => reply.redirect(location, 303))
  await app.register(jsonLimit(served), { services, prefix: '/limits' })
}

function jsonLimit(served: Served): ApiRoutes<'tokens' | 'polls'> {
  return async (app, { services }) => {
    identity(app, services)
    app.setValidatorCompiler(validatorCompiler)
    app.setSerializerCompiler(() => JSON.stringify)
    const schema = { params: pollParams, body: ballot, headers: ifMatch }
    app.put('/polls/:id/ballot', { schema, preHandler: app.limits.vote }, async (request) => {
      await expectedRevision(request, services.polls)
      return served.json
    })
  }
}

/** Nothing but Fastify. */
export async function bareApp(served: Served): Promise<FastifyInstance> {
  const app = fastify()
  await app.register(formbody)
  app.get('/page', async (_request, reply) => sendPage(reply, served))
  app.post('/ballot', async (_request, reply) => reply.redirect(location, 303))
  return app
}

function sendPage(reply: FastifyReply, { page }: Served): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page)
}
