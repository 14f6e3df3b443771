import type { FastifyInstance } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import type { Services } from '../services.ts'
import type { ApiRoutes } from './api-routes.ts'
import { failures } from './failures.ts'
import { identity } from './identity.ts'
import { openapiDocument } from './openapi/document.ts'
import { reference } from './openapi/reference.ts'
import { archive } from './routes/archive.ts'
import { ballot } from './routes/ballot.ts'
import { closure } from './routes/closure.ts'
import { comments } from './routes/comments.ts'
import { count } from './routes/count.ts'
import { events } from './routes/events.ts'
import { options } from './routes/options.ts'
import { guests, me } from './routes/people.ts'
import { polls } from './routes/polls.ts'
import { publishedBallots } from './routes/published-ballots.ts'
import { results } from './routes/results.ts'
import { stream } from './routes/stream.ts'
import { roll } from './routes/voter-list.ts'

/** The JSON face. */
export async function api(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  onlyJson(app)
  failures(app, services)
  identity(app, services)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'private, no-cache').header('vary', 'Authorization, Cookie')
  })
  await openapiDocument(app, services)
  const resources: ApiRoutes[] = [
    ...[polls, ballot, options, comments, closure, archive, events, stream, count],
    ...[results, publishedBallots, roll, guests, me, reference],
  ]
  for (const resource of resources) await app.register(resource, { services })
}

/** Forms are for the pages. Answers are made to their schemas, which tests see to, and go out as they are. */
function onlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    // Many clients name the type even of no body; whether there has to be one is the schema's to say.
    body === '' ? done(null, undefined) : void parse(request, body, done),
  )
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => JSON.stringify)
}
