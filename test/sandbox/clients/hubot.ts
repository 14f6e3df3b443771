import { expect } from 'vitest'
import { basic } from '../box.ts'
import { say } from '../documented/setting.ts'
import type { ClientRequest } from './client-request.ts'

const client = 'npm hubot-flowdock 0.7.8'

const headers = {
  authorization: basic('maija-sandbox-api-token'),
  accept: 'application/json',
  'content-type': 'application/json',
}

export const hubot: ClientRequest[] = [
  {
    client,
    does: 'learns the names of people, to answer them by name',
    needs: '`in_flow` of every user in `GET /flows?users=1`',
    // Its client sends an empty object with a `GET`, too.
    send: () => ({ method: 'GET', path: '/flows?users=1', headers, body: '{}' }),
    expects: ({ headers, json }) => {
      expect(headers.get('flowdock-user')).toBe('1')
      expect(json[0]).toMatchObject({ joined: true, open: true })
      expect(json[0].users[1]).toMatchObject({ id: 2, nick: 'Ben', in_flow: true })
    },
  },
  {
    client,
    does: 'hears a person in private',
    needs: 'no `flow` in a private message of a stream',
    send: (box) => ({
      ...{ method: 'GET', path: `/flows?filter=${box.world.flows[0]?.id}&active=idle&user=1` },
      headers: { ...headers, host: 'stream.flowdock.example' },
      body: '{}',
      meanwhile: () => box.as('ben')('POST', '/private/1/messages', { event: 'message', content: 'ping' }),
    }),
    expects: ({ json }) => {
      expect(json).toMatchObject({ event: 'message', content: 'ping', user: '2', id: expect.any(Number) })
      expect(json.flow).toBeUndefined()
    },
  },
  {
    client: 'hubot-command 1.0.0',
    does: 'answers with the indented output of a command',
    send: async (box) => ({
      ...{ method: 'POST', path: '/comments', headers },
      body: JSON.stringify({
        ...{ flow: box.world.flows[0]?.id, message: await say(box, 'Maija: command ls') },
        ...{ event: 'comment', content: '    one\n    two\n    ', tags: [] },
      }),
    }),
    expects: (_received, { world }) =>
      expect(world.flows[0]?.messages.list()[1]).toMatchObject({ content: { text: '    one\n    two\n    ' } }),
  },
]
