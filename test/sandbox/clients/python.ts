import { expect } from 'vitest'
import { basic, form } from '../box.ts'
import type { ClientRequest } from './client-request.ts'

const client = 'py-flowdock 0.1.0'
const headers = { authorization: basic('maija-sandbox-api-token'), accept: '*/*' }

export const python: ClientRequest[] = [
  {
    client,
    does: 'lists the users of the organization',
    send: () => ({ method: 'GET', path: '/organizations/acme/users', headers }),
    expects: ({ status, json }) => {
      expect(status).toBe(200)
      expect(json).toHaveLength(4)
    },
  },
  {
    client,
    does: 'finds the organization',
    send: () => ({ method: 'GET', path: '/organizations/find?id=1', headers }),
    expects: ({ status, json }) => {
      expect(status).toBe(200)
      expect(json).toMatchObject({ parameterized_name: 'acme' })
    },
  },
  {
    client,
    does: 'adds a user to a flow, as a form',
    send: () => ({
      ...{ method: 'POST', path: '/flows/acme/lunch-club/users', headers: { ...headers, ...form } },
      body: 'id=4',
    }),
    expects: async ({ status, json }, box) => {
      expect(status).toBe(200)
      expect(json).toEqual({})
      expect((await box.as('rosa')('GET', '/flows/acme/lunch-club')).body).toMatchObject({ joined: true })
    },
  },
  {
    client,
    does: 'gets a private conversation',
    send: () => ({ method: 'GET', path: '/private/2', headers }),
    expects: ({ status, json }) => {
      expect(status).toBe(200)
      expect(json).toMatchObject({ id: 2, name: '@Ben' })
    },
  },
]
