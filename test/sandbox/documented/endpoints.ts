import type { Endpoint } from './endpoint.ts'
import { flows } from './flows.ts'
import { integrations } from './integrations.ts'
import { messages } from './messages.ts'
import { people } from './people.ts'
import { privateEndpoints } from './private.ts'
import { signIn } from './sign-in.ts'
import { streams } from './streams.ts'

const reason = 'it provisions accounts for single sign-on, which the sandbox does not have'
const scim = (endpoint: string, example: Endpoint['example'], status: number): Endpoint => ({
  ...{ endpoint, page: 'scim', example, status, reason },
})
const one = { path: { uid: '123456', id: 1 } }
const name = { givenName: 'John', familyName: 'Doe' }
const emails = [{ value: 'john.doe@example.com' }]

const provisioning: Endpoint[] = [
  scim('GET /scim/:uid', () => one, 200),
  scim('GET /scim/:uid/Users', () => one, 200),
  scim('GET /scim/:uid/Users/:id', () => one, 200),
  scim('PUT /scim/:uid/Users/:id', () => ({ ...one, body: { name, emails, nickName: 'JohnDoe' } }), 200),
  scim('DELETE /scim/:uid/Users/:id', () => one, 204),
  scim('POST /scim/:uid/Users', () => ({ ...one, body: { userName: 'johndoe', name, emails } }), 201),
]

/** Every endpoint that https://github.com/flowdock/api-docs documents. */
export const endpoints: Endpoint[] = [
  ...[...signIn, ...flows, ...messages, ...privateEndpoints, ...people, ...integrations],
  ...[...streams, ...provisioning],
]
