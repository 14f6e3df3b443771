import type { ApiRoutes } from './api.ts'
import { signedIn } from './identity.ts'
import { operation } from './openapi/operation.ts'
import { personJson, personSchema } from './representation.ts'

/** Whoever asks. */
export const me: ApiRoutes = async (app) => {
  app.get('/me', { schema: show }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return personJson(signedIn(request))
  })
}

const show = operation(
  {
    operationId: 'getMe',
    tag: 'People',
    summary: 'Who am I?',
    access: 'person',
    answers: { 200: { description: 'You', schema: personSchema } },
  },
  {},
)
