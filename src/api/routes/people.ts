import { z } from 'zod'
import { newGuest } from '../../people/people.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { personJson, personSchema } from '../representation.ts'

/** Creates a guest with a token. */
export const guests: ApiRoutes<'people'> = async (app, { services }) => {
  const { people } = services

  const route = { schema: create, config: { openToAll: true }, preHandler: app.limits.identity }
  app.post('/guests', route, async (request, reply) => {
    const { person, token } = await people.createGuestWithToken(request.body.name, 'API guest')
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ person: personJson(person), token })
  })
}

const create = operation(
  {
    operationId: 'createGuest',
    tag: 'People',
    summary: 'Create a guest',
    description: 'Creates a guest with this name, and a token for that guest.',
    access: 'everybody',
    isChange: true,
    answers: {
      201: {
        description: 'The guest and their token. The token is not shown again',
        schema: z
          .strictObject({
            person: personSchema,
            token: z.string().meta({ examples: ['q1Zc0m5o3Wm1yV9b2b0cUo6f9mQe0y8o1Jw7b8uT3nE'] }),
          })
          .meta({ id: 'Guest' }),
      },
    },
  },
  { body: newGuest.meta({ examples: [{ name: 'Ada' }] }) },
)

/** The person of the token or session, and what is stored about them. */
export const me: ApiRoutes<'personalData'> = async (app, { services }) => {
  app.get('/me', { schema: show }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return personJson(signedIn(request))
  })
  const route = { preHandler: app.limits.identity }
  app.get('/me/data', { ...route, schema: exportData }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return services.personalData.of(signedIn(request).id)
  })
  app.delete('/me', { ...route, schema: remove }, async (request, reply) => {
    await services.personalData.remove(signedIn(request))
    return reply.code(204).send()
  })
}

const show = operation(
  {
    operationId: 'getMe',
    tag: 'People',
    summary: 'Show who you are',
    access: 'person',
    answers: { 200: { description: 'The person of the token or session', schema: personSchema } },
  },
  {},
)

const exportData = operation(
  {
    operationId: 'exportMe',
    tag: 'People',
    summary: 'Export what is stored about you',
    description: 'Your name, accounts, sessions and tokens without secrets, polls, votes, options and comments.',
    access: 'person',
    answers: { 200: { description: 'Everything about you', schema: z.looseObject({ person: z.looseObject({}) }) } },
  },
  {},
)

const remove = operation(
  {
    operationId: 'removeMe',
    tag: 'People',
    summary: 'Delete what is stored about you',
    description:
      'Your name becomes “somebody”. Your votes stay counted; in open polls of signed-in people they are withdrawn where the poll allows it. Your comments, and your polls without votes, are deleted. All your sessions and tokens end. This cannot be undone.',
    access: 'person',
    isChange: true,
    answers: { 204: { description: 'Your data was deleted' } },
  },
  {},
)
