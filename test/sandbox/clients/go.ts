import { expect } from 'vitest'
import { basic } from '../box.ts'
import { say } from '../documented/setting.ts'
import type { ClientRequest } from './client-request.ts'

const wm = 'go-flowdock 0.0'
const inQuery = 'all parameters of a change in the query'

/** It sends no content type, not even with a body. */
const headers = { accept: 'application/json', authorization: basic('maija-sandbox-api-token') }

const query = (path: string, parameters: Record<string, string>) => `${path}?${new URLSearchParams(parameters)}`

const wmRequests: ClientRequest[] = [
  {
    client: wm,
    does: 'lists flows with their people',
    needs: '`GET /flows?user=true` lists flows at the API’s host',
    send: () => ({ method: 'GET', path: '/flows?user=true', headers }),
    expects: ({ json }) => expect(json).toMatchObject([{ name: 'Main' }, { name: 'Lunch Club' }]),
  },
  {
    client: wm,
    does: 'writes to the chat',
    needs: inQuery,
    send: ({ world }) => ({
      ...{ method: 'POST', headers },
      path: query('/messages', {
        flow: world.flows[0]?.id ?? '',
        event: 'message',
        content: 'Howdy',
        tags: 'todo,cool',
      }),
    }),
    expects: ({ status }, { world }) => {
      expect(status).toBe(202)
      expect(world.flows[0]?.messages.list()).toMatchObject([{ content: 'Howdy', tags: ['todo', 'cool'] }])
    },
  },
  {
    client: wm,
    does: 'comments on a message',
    needs: inQuery,
    send: async (box) => {
      const message = String(await say(box, 'Title of parent'))
      const comment = { flow: 'acme/main', message, event: 'comment', content: 'This is a comment' }
      return { method: 'POST', path: query('/comments', comment), headers }
    },
    expects: ({ status }, { world }) => {
      expect(status).toBe(202)
      expect(world.flows[0]?.messages.list()[1]).toMatchObject({ event: 'comment' })
    },
  },
  {
    client: wm,
    does: 'creates a flow',
    needs: inQuery,
    send: () => ({ method: 'POST', path: query('/flows/acme', { name: 'My flow' }), headers }),
    expects: ({ json }) => expect(json).toMatchObject({ name: 'My flow', parameterized_name: 'my-flow' }),
  },
  {
    client: wm,
    does: 'pushes to the team inbox',
    needs: inQuery,
    send: (box) => ({
      ...{ method: 'POST', headers: { accept: 'application/json' } },
      path: query(`/v1/messages/team_inbox/${box.connect().flowToken}`, {
        ...{ source: 'deploy', from_address: 'marty@example.com', subject: 'Deployed', content: 'It is live.' },
        ...{ tags: 'deploy,live' },
      }),
    }),
    expects: ({ status }, { world }) => {
      expect(status).toBe(200)
      expect(world.flows[0]?.messages.list()).toHaveLength(1)
    },
  },
  {
    client: wm,
    does: 'streams a flow',
    send: (box) => ({
      ...{ method: 'GET', path: `/flows/acme/main?access_token=${box.token('maija', ['flow'])}` },
      headers: { host: 'stream.flowdock.example', accept: 'text/event-stream' },
      meanwhile: () => say(box, 'Howdy'),
    }),
    expects: ({ json }) => expect(json).toMatchObject({ content: 'Howdy', sent: expect.any(Number), user: '1' }),
  },
]

const enriquebris = 'goflowdock (enriquebris, commit 2025bdb)'
/** The token alone, encoded. */
const noColon = { authorization: `Basic ${Buffer.from('maija-sandbox-api-token').toString('base64')}` }
const withoutColon = 'an API token as basic credentials without a colon'

const enriquebrisRequests: ClientRequest[] = [
  {
    client: enriquebris,
    does: 'lists flows',
    needs: withoutColon,
    send: () => ({ method: 'GET', path: '/flows', headers: noColon }),
    expects: ({ json }) => expect(json).toMatchObject([{ organization: { user_limit: expect.any(Number) } }, {}]),
  },
  {
    client: enriquebris,
    does: 'writes to the chat',
    needs: 'an empty `external_user_name` counts as none',
    send: ({ world }) => ({
      ...{ method: 'POST', path: '/messages', headers: { ...noColon, 'content-type': 'application/json' } },
      body: JSON.stringify({ flow: world.flows[0]?.id, event: 'message', content: 'Howdy', external_user_name: '' }),
    }),
    expects: (_received, { world }) =>
      expect(world.flows[0]?.messages.list()).toMatchObject([{ content: 'Howdy', user: { nick: 'Maija' } }]),
  },
  {
    client: enriquebris,
    does: 'streams a flow, whose lines it ends at line feeds',
    needs: 'a line feed after each carriage return in a JSON stream',
    send: (box) => ({
      ...{ method: 'GET', path: '/flows/acme/main' },
      headers: { ...noColon, host: 'stream.flowdock.example', 'content-type': 'application/json' },
      meanwhile: () => say(box, 'Howdy'),
    }),
    expects: ({ text }) => expect(text.split('\n').some((line) => /^\{.*"Howdy".*\}\r$/.test(line))).toBe(true),
  },
]

export const go: ClientRequest[] = [...wmRequests, ...enriquebrisRequests]
