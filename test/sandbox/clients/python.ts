import { expect } from 'vitest'
import { basic } from '../box.ts'
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
    does: 'gets a private conversation',
    send: () => ({ method: 'GET', path: '/private/2', headers }),
    expects: ({ status, json }) => {
      expect(status).toBe(200)
      expect(json).toMatchObject({ id: 2, name: '@Ben' })
    },
  },
]
