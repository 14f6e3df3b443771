import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ApiParts } from '../api/api-parts.ts'
import { Failure } from '../api/failure.ts'
import { parse, problem } from '../api/inputs.ts'
import type { Application } from '../state/types.ts'
import type { World } from '../world.ts'
import { applicationInput } from './application-input.ts'

const { name, callbackUri, setupUri, configurationUri } = applicationInput.shape
const newApplication = z.object({
  application: z
    .object(
      { name, redirect_uri: callbackUri, setup_uri: setupUri, configuration_uri: configurationUri },
      { error: problem },
    )
    .transform(({ name, ...uris }) => {
      const { redirect_uri: callbackUri, setup_uri: setupUri, configuration_uri: configurationUri } = uris
      return { name, callbackUri, setupUri, configurationUri }
    }),
})

/**
 * `POST /oauth/applications`, which Flowdock does not document. Its start-up script `flowdock-oauth.rb` creates an application
 * by it, and reads `client_id` and `client_secret`.
 */
export async function applications(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.post('/oauth/applications', async (request, reply) => {
    access.demand(request, reply, 'manage')
    const { application: facts } = parse(newApplication, request.body)
    if (world.applications.isFull) throw new Failure(403, full(world))
    return reply.code(201).send(createdJson(world, world.applications.create(facts)))
  })
}

function full(world: World): string {
  return `The sandbox keeps ${world.applications.limit} applications. Delete one at ${world.url('oauth/applications')}.`
}

function createdJson(world: World, application: Application) {
  const { id, name, clientId, clientSecret, callbackUri, setupUri, configurationUri } = application
  return {
    ...{ id, name, url: world.url(`oauth/applications/${id}`), icon_url: world.icon(application) },
    ...{ client_id: clientId, client_secret: clientSecret, redirect_uri: callbackUri },
    ...{ setup_uri: setupUri, configuration_uri: configurationUri },
  }
}
