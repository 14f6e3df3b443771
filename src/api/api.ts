import type { FastifyInstance } from 'fastify'
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod'
import type { Services } from '../services.ts'
import { archive } from './archive.ts'
import { ballot } from './ballot.ts'
import { closure } from './closure.ts'
import { comments } from './comments.ts'
import { count } from './count.ts'
import { events } from './events.ts'
import { failures } from './failures.ts'
import { guests } from './guests.ts'
import { identity } from './identity.ts'
import { me } from './me.ts'
import { openapiDocument } from './openapi/document.ts'
import { reference } from './openapi/reference.ts'
import { options } from './options.ts'
import { polls } from './polls.ts'
import { publishedBallots } from './published-ballots.ts'
import { results } from './results.ts'
import { roll } from './roll.ts'
import { stream } from './stream.ts'

/** The routes of one resource of this face. */
export type ApiRoutes = FastifyPluginAsyncZod<{ services: Services }>

/** The JSON face. */
export async function api(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  onlyJson(app)
  failures(app, services)
  identity(app, services)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'private, no-cache').header('vary', 'Authorization, Cookie')
  })
  await openapiDocument(app, services)
  for (const resource of [polls, ballot, options, comments, closure, archive, events, stream, count]) {
    await app.register(resource, { services })
  }
  for (const resource of [results, publishedBallots, roll, guests, me, reference])
    await app.register(resource, { services })
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
