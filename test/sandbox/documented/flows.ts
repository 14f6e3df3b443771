import { expect } from 'vitest'
import type { Endpoint, Trial } from './endpoint.ts'
import { flow, flowWithUsers, z } from './shapes.ts'

const users: Trial = async (send) => {
  expect((await send({ query: { users: '1' } })).json[0].users[0].nick).toBe('Maija')
  expect((await send({ query: { users: '0' } })).json[0].users).toBeUndefined()
}

export const flows: Endpoint[] = [
  {
    endpoint: 'GET /flows',
    page: 'flows',
    example: () => ({}),
    status: 200,
    answer: z.array(flow),
    parameters: { users },
  },
  {
    endpoint: 'GET /flows/all',
    page: 'flows',
    example: () => ({}),
    status: 200,
    answer: z.array(flow),
    parameters: { users },
  },
  {
    // The page says that `organization` is a name; the list of changes made it an object in 2013.
    endpoint: 'GET /flows/:organization',
    page: 'rest',
    example: () => ({}),
    status: 200,
    answer: z.array(flow),
  },
  {
    endpoint: 'GET /flows/:organization/:flow',
    page: 'flows',
    example: () => ({ path: { flow: 'lunch-club' } }),
    status: 200,
    answer: flowWithUsers,
  },
  {
    endpoint: 'GET /flows/find',
    page: 'flows',
    example: ({ world }) => ({ query: { id: world.flowNamed('acme', 'lunch-club')?.id ?? '' } }),
    status: 200,
    answer: flowWithUsers,
    parameters: { id: async (send) => expect((await send({ query: { id: 'none' } })).status).toBe(404) },
  },
  {
    endpoint: 'POST /flows/:organization',
    page: 'flows',
    example: () => ({ body: { name: 'My flow' } }),
    status: 201,
    answer: flowWithUsers,
    parameters: {
      name: async (send) => {
        expect((await send()).json).toMatchObject({ name: 'My flow', parameterized_name: 'my-flow' })
        expect((await send({ body: { name: 'x'.repeat(101) } })).status).toBe(400)
      },
    },
  },
  {
    endpoint: 'PUT /flows/:organization/:flow',
    page: 'flows',
    example: () => ({ body: { name: 'My new flow', disabled: false, access_mode: 'organization' } }),
    status: 200,
    answer: flow,
    parameters: {
      name: async (send) => {
        expect((await send()).json).toMatchObject({ name: 'My new flow' })
        expect((await send({ body: { name: 'x'.repeat(101) } })).status).toBe(400)
      },
      open: async (send, box) => {
        await box.as('maija')('PUT', '/flows/acme/main', { open: false })
        expect((await send({ body: { open: true } })).json).toMatchObject({ open: true, joined: true })
      },
      disabled: async (send, box) => {
        await send({ body: { disabled: true } })
        const message = { event: 'message', content: 'Hello World' }
        const posted = await box.as('maija')('POST', '/flows/acme/main/messages', message)
        expect(posted.status).toBeGreaterThanOrEqual(400)
        expect((await box.as('maija')<object[]>('GET', '/flows')).body).toHaveLength(1)
      },
      access_mode: async (send) =>
        expect((await send({ body: { access_mode: 'link' } })).json).toMatchObject({
          access_mode: 'link',
          join_url: expect.any(String),
        }),
    },
  },
]
