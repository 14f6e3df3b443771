import type { FastifyInstance } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import type { Services } from '../services.ts'
import type { ApiRoutes } from './api-routes.ts'
import { failures } from './failures.ts'
import { identity } from './identity.ts'
import { openapiDocument } from './openapi/document.ts'
import { reference } from './openapi/reference.ts'
import { ballot } from './routes/ballot.ts'
import { comments } from './routes/comments.ts'
import { count } from './routes/count.ts'
import { events } from './routes/events.ts'
import { lifecycle } from './routes/lifecycle.ts'
import { managedVotes } from './routes/managed-votes.ts'
import { options } from './routes/options.ts'
import { guests, me } from './routes/people.ts'
import { polls } from './routes/polls.ts'
import { publishedBallots } from './routes/published-ballots.ts'
import { results } from './routes/results.ts'
import { stream } from './routes/stream.ts'
import { voterList } from './routes/voter-list.ts'
import { votes } from './routes/votes.ts'

/** The JSON API. */
export async function api(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  onlyJson(app)
  failures(app, services)
  identity(app, services)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'private, no-cache').header('vary', 'Authorization, Cookie')
  })
  await openapiDocument(app, services)
  const resources: ApiRoutes[] = [
    ...[polls, ballot, managedVotes, options, comments, lifecycle, events, stream, count],
    ...[results, votes, publishedBallots, voterList, guests, me, reference],
  ]
  for (const resource of resources) await app.register(resource, { services })
}

/** Only JSON bodies. Responses are not validated against their schemas at run time: tests do that. */
function onlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    // Many clients send a content type without a body. The schema says whether a body is required.
    body === '' ? done(null, undefined) : void parse(request, body, done),
  )
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => JSON.stringify)
}
