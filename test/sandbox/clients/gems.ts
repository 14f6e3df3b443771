import { expect } from 'vitest'
import type { Sent } from '../../support/exchange.ts'
import { type Box, basic, form, waiting } from '../box.ts'
import { atThread, say } from '../documented/setting.ts'
import type { ClientRequest } from './client-request.ts'

const gem = 'Ruby gem flowdock 0.7.1'
const v1 = '`/v1` before every path'

const json = { 'content-type': 'application/json', accept: 'application/json' }
const asMaija = { ...json, authorization: basic('maija-sandbox-api-token') }
const main = ({ world }: Box) => world.flows[0]?.id ?? ''
const stored = ({ world }: Box) => world.flows[0]?.messages.list().at(-1)

const push = (path: string, fields: Record<string, string>): Sent => ({
  ...{ method: 'POST', path, headers: form },
  body: new URLSearchParams(fields).toString(),
})
const post = (path: string, fields: object): Sent => ({
  ...{ method: 'POST', path: `/v1/${path}`, headers: asMaija },
  body: JSON.stringify(fields),
})
/** The gem reads every answer as JSON, and an empty one as `{}`. */
const succeeds = ({ status, text, json: read }: { status: number; text: string; json: unknown }) => {
  expect(status).toBeGreaterThanOrEqual(200)
  expect(status).toBeLessThan(300)
  if (text.trim() !== '') expect(read).toBeDefined()
}

const gemRequests: ClientRequest[] = [
  {
    client: gem,
    does: 'pushes to the chat',
    send: (box) =>
      push(`/v1/messages/chat/${box.connect().flowToken}`, {
        ...{ content: 'Howdy #awesome', external_user_name: 'Stevie', tags: 'cool,stuff' },
      }),
    expects: (received, box) => {
      succeeds(received)
      expect(stored(box)).toMatchObject({ content: 'Howdy #awesome', externalUserName: 'Stevie' })
      expect(stored(box)?.tags).toEqual(expect.arrayContaining(['cool', 'stuff', 'awesome']))
    },
  },
  {
    client: gem,
    does: 'pushes to the chat of several flows',
    needs: 'several flow tokens in the path of the push API, with commas between them',
    send: async (box) => {
      const path = '/flows/acme/lunch-club/sources'
      const { body } = await box.withScopes('integration')<{ flow_token: string }>('POST', path, { name: 'Lunch' })
      const tokens = [box.connect().flowToken, body.flow_token]
      return push(`/v1/messages/chat/${tokens.join(',')}`, { content: 'Howdy', external_user_name: 'Stevie' })
    },
    expects: (received, { world }) => {
      succeeds(received)
      for (const flow of world.flows) expect(flow.messages.list()).toMatchObject([{ content: 'Howdy' }])
    },
  },
  {
    client: gem,
    does: 'pushes to a thread',
    needs: '`thread_id` in `POST /v1/messages/chat/:token`',
    send: async (box) => {
      const { flowToken } = box.connect()
      const activity = { ...commit, flow_token: flowToken }
      const { body } = await box.call('POST', '/messages', activity, waiting)
      const line = { content: 'On it', external_user_name: 'Stevie', thread_id: String(body.thread_id) }
      return push(`/v1/messages/chat/${flowToken}`, line)
    },
    expects: (received, box) => {
      succeeds(received)
      expect(stored(box)).toMatchObject({ content: 'On it', threadId: expect.any(String) })
    },
  },
  {
    client: gem,
    does: 'pushes to the team inbox',
    send: (box) =>
      push(`/v1/messages/team_inbox/${box.connect().flowToken}`, {
        ...{ source: 'deploy', format: 'html', from_address: 'marty@example.com', from_name: 'Marty' },
        ...{ subject: 'Deployed', content: '<p>It is live.</p>', reply_to: 'ops@example.com' },
        ...{ tags: 'deploy,live', project: 'Delorean', link: 'https://example.com/' },
      }),
    expects: (received, box) => {
      succeeds(received)
      expect(stored(box)?.tags).toEqual(expect.arrayContaining(['deploy', 'live']))
    },
  },
  {
    client: gem,
    does: 'writes to the chat',
    needs: v1,
    send: (box) => post('messages', { flow: main(box), content: 'Howdy', tags: ['todo'], event: 'message' }),
    expects: (received, box) => {
      succeeds(received)
      expect(stored(box)).toMatchObject({ content: 'Howdy', tags: ['todo'], user: { nick: 'Maija' } })
    },
  },
  {
    client: gem,
    does: 'comments on a message',
    needs: v1,
    send: async (box) => {
      const message = await say(box, 'Title of parent')
      return post('comments', { flow: main(box), content: 'This is a comment', message, tags: [], event: 'comment' })
    },
    expects: (received, box) => {
      succeeds(received)
      expect(stored(box)).toMatchObject({ event: 'comment', content: { text: 'This is a comment' } })
    },
  },
  {
    client: gem,
    does: 'writes to a person',
    needs: v1,
    send: () => post('private/2/messages', { content: 'Secret message', event: 'message' }),
    expects: async (received, box) => {
      succeeds(received)
      expect((await box.as('ben')('GET', '/private/1/messages')).body).toMatchObject([{ content: 'Secret message' }])
    },
  },
  {
    client: gem,
    does: 'lists flows',
    needs: v1,
    send: () => ({ method: 'GET', path: '/v1/flows', headers: asMaija }),
    expects: ({ json }) => expect(json).toMatchObject([{ parameterized_name: 'main' }, { name: 'Lunch Club' }]),
  },
  {
    client: gem,
    does: 'deletes a message',
    needs: 'a JSON content type without a body',
    send: async (box) => ({
      ...{ method: 'DELETE', headers: asMaija },
      path: `/v1/flows/acme/main/messages/${await say(box, 'Howdy')}`,
    }),
    expects: (received, box) => {
      succeeds(received)
      expect(stored(box)).toMatchObject({ content: '' })
    },
  },
]

const commit = {
  external_thread_id: 'refs/heads/flux',
  event: 'activity',
  author: { name: 'Marty', email: 'marty@example.com' },
  title: '<a href="https://git.example/c/1234567">1234567</a> Polish the flux capacitor',
  thread: { title: 'bttf branch flux', external_url: null },
  body: null,
  tags: [],
}

const hook: ClientRequest = {
  client: 'flowdock-git-hook 1.0.1',
  does: 'posts a commit',
  needs: v1,
  send: (box) => ({
    ...{ method: 'POST', path: '/v1/messages', headers: json },
    body: JSON.stringify({ ...commit, flow_token: box.connect().flowToken }),
  }),
  expects: (received, box) => {
    succeeds(received)
    expect(stored(box)).toMatchObject({ title: expect.stringMatching(/^<a href=.*Polish the flux capacitor$/) })
  },
}

const lita = 'lita-flowdock 0.3.0'

const litaRequests: ClientRequest[] = [
  {
    client: lita,
    does: 'learns who is there',
    needs: v1,
    send: () => ({ method: 'GET', path: '/v1/users', headers: asMaija }),
    expects: ({ json }) => expect(json[1]).toMatchObject({ id: 2, name: 'Ben Okafor', nick: 'Ben' }),
  },
  {
    client: lita,
    does: 'learns who an unknown author is',
    needs: '`GET /user/:id`, as `GET /users/:id`',
    send: () => ({ method: 'GET', path: '/v1/user/2', headers: asMaija }),
    expects: ({ json }) => expect(json).toMatchObject({ id: 2, name: 'Ben Okafor', nick: 'Ben' }),
  },
  {
    client: lita,
    does: 'hears a chat line of a thread, to comment on its first message',
    needs: '`thread.initial_message` of a message in a thread',
    send: async (box) => {
      const { thread } = await atThread(box)
      return {
        ...{ method: 'GET', path: '/flows?filter=acme/main' },
        headers: { ...asMaija, host: 'stream.flowdock.example', accept: 'text/event-stream' },
        meanwhile: () => say(box, 'lita, help', `/flows/acme/main/threads/${thread}/messages`),
      }
    },
    expects: ({ json }) => expect(json).toMatchObject({ id: 2, content: 'lita, help', thread: { initial_message: 1 } }),
  },
]

/** Of programs in Ruby. */
export const gems: ClientRequest[] = [...gemRequests, hook, ...litaRequests]
