import { z } from 'zod'
import { newGuest } from '../../people/people.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { personJson, personSchema, time } from '../representation.ts'

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
    reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
    return services.personalData.export(signedIn(request).id)
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

const ofPerson = z.array(z.looseObject({}))
const ofPoll = z.array(z.looseObject({ pollId: z.string() }))

const exportedData = z
  .looseObject({
    person: z.looseObject({ id: z.string(), name: z.string(), createdAt: time }),
    formerGuests: ofPerson.describe('Guests who were merged into you'),
    accounts: ofPerson.describe('Your accounts of chats'),
    sessions: ofPerson,
    apiTokens: ofPerson,
    privateLink: z.looseObject({}).nullable(),
    connections: ofPerson.describe('Connections to rooms of chats that you made'),
    polls: ofPerson.describe('Polls that you created, the oldest first'),
    votes: ofPoll.describe('In the order in which you cast them; without choices in anonymous polls'),
    options: ofPoll.describe('Options that you added or proposed'),
    comments: ofPoll.describe('The oldest first'),
    opened: ofPoll.describe('Polls that you opened while signed in'),
  })
  .meta({ id: 'PersonalData' })

const exportData = operation(
  {
    operationId: 'exportMe',
    tag: 'People',
    summary: 'Export what is stored about you',
    description:
      'Your name, accounts, sessions and tokens without secrets, polls, votes, options and comments. The answer is sent while it is read: it has no length, and holds what was there when its part was read. If it breaks off, it is no valid JSON; ask again.',
    access: 'person',
    answers: { 200: { description: 'Everything about you', schema: exportedData } },
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
