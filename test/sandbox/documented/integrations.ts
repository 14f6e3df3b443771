import { expect } from 'vitest'
import { application, type Box } from '../box.ts'
import type { Endpoint, Example } from './endpoint.ts'
import { atThread } from './setting.ts'
import { source, thread, z } from './shapes.ts'

const poll = { name: 'Helsinki Lunch Poll', external_url: 'https://acme.example.com/polls/helsinki' }

const connected = (box: Box): Example => {
  box.connect()
  return {}
}
const one = (box: Box): Example => ({ path: { id: box.connect().id } })
const sourceOf = ({ world }: Box) => world.sources.list(world.flows[0]?.id ?? '').at(-1)

const sources: Endpoint[] = [
  { endpoint: 'GET /sources', page: 'sources', example: connected, status: 200, answer: z.array(source).length(1) },
  {
    endpoint: 'GET /flows/:organization/:flow/sources',
    page: 'sources',
    example: connected,
    status: 200,
    answer: z.array(source).length(1),
  },
  {
    endpoint: 'GET /flows/:organization/:flow/sources/:id',
    page: 'sources',
    example: one,
    status: 200,
    answer: source,
  },
  {
    endpoint: 'POST /flows/:organization/:flow/sources',
    page: 'sources',
    example: (box) => ({ headers: { authorization: `Bearer ${box.token('maija', ['integration'])}` }, body: poll }),
    status: 201,
    answer: source.extend({ flow_token: z.string(), external_url: z.url() }),
    parameters: {
      name: async (send) => expect((await send({ body: { name: '' } })).status).toBe(400),
      external_url: async (send) => expect((await send()).json).toMatchObject(poll),
      'only with the scope `integration`': async (send, box) => {
        const headers = { authorization: `Bearer ${box.token('maija', ['flow'])}` }
        expect((await send({ headers })).status).toBe(403)
      },
    },
  },
  {
    endpoint: 'PUT /flows/:organization/:flow/sources/:id',
    page: 'sources',
    example: (box) => ({ ...one(box), body: { error_message: 'The account is disabled.' } }),
    status: 200,
    parameters: {
      error_message: async (send, box) => {
        await send()
        expect(sourceOf(box)?.errorMessage).toBe('The account is disabled.')
        await send({ body: { error_message: '' } })
        expect(sourceOf(box)?.errorMessage).toBeNull()
      },
      configuration_url: async (send, box) => {
        await send({ body: { configuration_url: 'https://tickets.example/settings' } })
        expect(sourceOf(box)?.configurationUrl).toBe('https://tickets.example/settings')
      },
    },
  },
  {
    endpoint: 'PUT /sources',
    page: 'sources',
    example: (box) => ({
      as: null,
      body: { flow_token: box.connect().flowToken, error_message: 'The account is disabled.' },
    }),
    status: 200,
    parameters: {
      flow_token: async (send) => expect((await send({ body: { flow_token: 'none' } })).status).toBe(401),
      'flow_token in the query': async (send, box) => {
        const { flowToken } = box.connect()
        expect((await send({ query: { flow_token: flowToken }, body: { flow_token: undefined } })).status).toBe(200)
        expect(sourceOf(box)?.errorMessage).toBe('The account is disabled.')
      },
      error_message: async (send, box) => {
        await send()
        expect(sourceOf(box)?.errorMessage).toBe('The account is disabled.')
      },
      configuration_url: async (send, box) => {
        await send({ body: { configuration_url: 'https://tickets.example/settings' } })
        expect(sourceOf(box)?.configurationUrl).toBe('https://tickets.example/settings')
      },
    },
  },
  {
    endpoint: 'DELETE /flows/:organization/:flow/sources/:id',
    page: 'sources',
    example: one,
    status: 204,
    parameters: {
      'no more posts': async (send, box) => {
        const { flowToken } = sourceOf(box) ?? {}
        await send()
        const message = { flow_token: flowToken, event: 'activity' }
        expect((await box.call('POST', '/messages', message)).status).toBe(410)
      },
    },
  },
]

/** Later than every thread, and earlier. */
const [later, earlier] = ['2100-10-27T14:29:36.855Z', '2000-10-27T14:29:36.855Z']

const threads: Endpoint[] = [
  {
    endpoint: 'GET /flows/:organization/:flow/threads',
    page: 'threads',
    example: async (box) => {
      await atThread(box)
      return {}
    },
    status: 200,
    answer: z.array(thread).length(1),
    parameters: {
      until: async (send) => {
        expect((await send({ query: { until: later } })).json).toHaveLength(1)
        expect((await send({ query: { until: earlier } })).json).toEqual([])
      },
      since: async (send) => {
        expect((await send({ query: { since: later } })).json).toEqual([])
        expect((await send({ query: { since: earlier } })).json).toHaveLength(1)
      },
      application: async (send) => {
        const lengths = []
        for (const id of ['999', 'chat', 'inbox', String(application.id)])
          lengths.push((await send({ query: { application: id } })).json.length)
        expect(lengths).toEqual([0, 0, 1, 1])
      },
      empty: async (send, box) => {
        const path = `/flows/acme/main/messages/${box.world.flows[0]?.messages.list()[0]?.id}`
        await box.as('maija')('DELETE', path)
        expect((await send()).json).toEqual([])
        expect((await send({ query: { empty: '1' } })).json).toHaveLength(1)
      },
      'the header Link': async (send, box) => {
        const { flowToken } = box.connect()
        for (let index = 0; index < 110; index += 1) {
          const post = { event: 'activity', author: { name: 'Marty' }, title: 'opened', thread: { title: 'A ticket' } }
          const message = { flow_token: flowToken, external_thread_id: String(index), ...post }
          await box.call('POST', '/messages', message)
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
        expect((await send()).headers.get('link')).toMatch(/^<.*\/threads\?until=.*>; rel="next"$/)
      },
    },
  },
  {
    endpoint: 'GET /flows/:organization/:flow/threads/:id',
    page: 'threads',
    example: async (box) => ({ path: { id: (await atThread(box)).thread } }),
    status: 200,
    answer: thread,
  },
]

const push: Endpoint[] = [
  {
    endpoint: 'POST /v1/messages/chat/:token',
    page: 'chat',
    example: (box) => ({
      as: null,
      path: { token: box.connect().flowToken },
      body: {
        content: 'Howdy-Doo @Ben #awesome',
        external_user_name: 'Stevie',
        tags: ['todo', '#feedback', '@all'],
      },
    }),
    status: 200,
    answer: z.strictObject({}),
    parameters: {
      content: async (send, box) => {
        await send()
        expect(box.world.flows[0]?.messages.list()).toMatchObject([{ content: 'Howdy-Doo @Ben #awesome' }])
        const { status, json } = await send({ body: { content: '' } })
        expect({ status, json }).toEqual({
          status: 400,
          json: { message: 'Validation error', errors: { content: ["can't be blank"] } },
        })
      },
      external_user_name: async (send, box) => {
        await send()
        expect(box.world.flows[0]?.messages.list()).toMatchObject([{ externalUserName: 'Stevie' }])
      },
      tags: async (send, box) => {
        await send({ body: { tags: 'cool,stuff' } })
        expect(box.world.flows[0]?.messages.list()[0]?.tags).toEqual(expect.arrayContaining(['cool', 'stuff']))
      },
      message_id: async (send, box) => {
        await send()
        await send({ body: { message_id: 1 } })
        expect(box.world.flows[0]?.messages.list().at(-1)).toMatchObject({ event: 'comment' })
      },
    },
  },
  {
    endpoint: 'POST /v1/messages/team_inbox/:token',
    page: 'team-inbox',
    example: (box) => ({
      as: null,
      path: { token: box.connect().flowToken },
      body: {
        source: 'News digest service',
        from_address: 'news@example.com',
        subject: 'Daily digest',
        content: 'Interesting news of today',
        tags: ['news', '#digest', '@all'],
      },
    }),
    status: 200,
    answer: z.strictObject({}),
    parameters: Object.fromEntries(
      ['source', 'from_address', 'subject', 'content'].map((field) => [
        field,
        async (send) => {
          expect((await send()).status).toBe(200)
          expect((await send({ body: { [field]: '' } })).status).toBe(400)
        },
      ]),
    ),
  },
]

export const integrations: Endpoint[] = [...sources, ...threads, ...push]
