import { request } from 'undici'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Box, basic, openSandbox, ticket } from './box.ts'

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

describe('the prefix /v1', () => {
  test.each(['/user', '/flows?users=1', '/flows/acme/main', '/organizations/acme', '/sources'])(
    'is the same API: /v1%s',
    async (path) => {
      const [plain, versioned] = await Promise.all([box.as('ben')('GET', path), box.as('ben')('GET', `/v1${path}`)])
      expect(plain.status).toBe(200)
      expect([versioned.status, versioned.body]).toEqual([plain.status, plain.body])
    },
  )

  test('serves posts with a flow token, as of the official Ruby gem 0.7.1', async () => {
    const post = { ...ticket, flow_token: box.connect().flowToken }
    expect((await box.call('POST', '/v1/messages', post)).status).toBe(202)
    expect(box.world.flows[0]?.messages.list()).toMatchObject([{ event: 'activity', title: ticket.title }])
  })

  test('serves access tokens', async () => {
    const fields = {
      ...{ grant_type: 'password', client_id: 'tickets', client_secret: 'a secret of the ticket desk' },
      ...{ username: 'ben@acme.example', password: 'ben-sandbox-password' },
    }
    const { body } = await box.call('POST', '/v1/oauth/token', fields, { accept: 'application/json' })
    expect(body).toMatchObject({ token_type: 'bearer' })
  })

  test.each(['/v1', '/v1/', '/v1/v1/flows', '/v1/app/acme/main', '/v1/sandbox/faults', '/v2/flows'])(
    'is only for the API: %s is not found',
    async (path) => {
      expect(await box.as('ben')('GET', path)).toMatchObject({
        status: 404,
        body: { message: `There is no GET ${path} here.` },
      })
    },
  )

  test('is hit by faults for the path with and without it', async () => {
    const statuses = async () => {
      const answers = ['/v1/users', '/users'].map(async (path) => (await box.as('ben')('GET', path)).status)
      return Promise.all(answers)
    }
    box.faults.set({ kind: 'status', status: 503, path: '/users' })
    expect(await statuses()).toEqual([503, 503])
    box.faults.set({ kind: 'status', status: 503, path: '/v1' })
    expect(await statuses()).toEqual([503, 200])
  })
})

describe('the suffix .json', () => {
  test('is left out, as in Flowdock’s start-up script', async () => {
    const paths = ['/flows.json', '/v1/flows.json?users=0', '/flows/acme/main.json', '/flows/acme/main/sources.json']
    const answers = await Promise.all(paths.map((path) => box.as('ben')('GET', path)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(answers[0]?.body).toMatchObject([
      { parameterized_name: 'main', open: true, organization: { name: 'Acme' } },
      {},
    ])
    expect(answers[2]?.body).toMatchObject({ parameterized_name: 'main' })
  })

  test('is a part of the names of files and pages', async () => {
    for (const path of ['/files/1/data.json', '/sandbox/faults.json']) {
      expect((await box.as('ben')('GET', path)).body).toEqual({ message: `There is no GET ${path} here.` })
    }
  })
})

describe('HEAD', () => {
  const head = (path: string, headers: Record<string, string> = {}) =>
    request(`${box.url}${path}`, {
      method: 'HEAD',
      headers: { authorization: basic('ben-sandbox-api-token'), ...headers },
      headersTimeout: 2_000,
      bodyTimeout: 2_000,
    })

  test.each([
    '/user',
    '/flows',
    '/flows/acme/main',
    '/flows/acme/main/messages',
    '/flows/acme/main/threads',
    '/app/acme/main',
  ])('answers the headers of GET %s', async (path) => {
    const { statusCode, headers, body } = await head(path)
    expect([statusCode, await body.text()]).toEqual([200, ''])
    expect(headers['content-type']).toMatch(/^(application\/json|text\/html); charset=utf-8$/)
  })

  test('of something that does not exist is a 404', async () => {
    expect((await head('/flows/acme/none')).statusCode).toBe(404)
    expect((await head('/nothing')).statusCode).toBe(404)
  })

  test('of a stream opens none', async () => {
    const { statusCode, headers, body } = await head('/flows?filter=acme/main', { accept: 'text/event-stream' })
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(await body.text()).toBe('')
  })
})

describe('PATCH', () => {
  test('changes a message and a source as PUT does', async () => {
    await box.as('ben')('POST', '/flows/acme/main/messages', { event: 'message', content: 'one' })
    expect((await box.as('ben')('PATCH', '/flows/acme/main/messages/1', { content: 'won' })).status).toBe(200)
    expect(box.world.flows[0]?.messages.get(1)).toMatchObject({ content: 'won' })
    const { flowToken, id } = box.connect()
    const { body } = await box.call('PATCH', '/sources', { flow_token: flowToken, error_message: 'Oh' })
    expect(body).toMatchObject({ id, error_message: 'Oh' })
    const url = `/flows/acme/main/sources/${id}`
    expect((await box.withScopes('integration')('PATCH', url, { error_message: '' })).body.error_message).toBeNull()
  })
})

describe('parameters in the query', () => {
  test('update a source by its token', async () => {
    const { flowToken } = box.connect()
    const query = new URLSearchParams({ flow_token: flowToken, error_message: 'The account was closed.' })
    const { status, body } = await box.call('PUT', `/sources?${query}`)
    expect([status, body.error_message]).toEqual([200, 'The account was closed.'])
  })

  test('send a message and a comment, as of go-flowdock', async () => {
    const line = new URLSearchParams({ flow: 'acme/main', event: 'message', content: 'Howdy', tags: 'todo,#feedback' })
    expect((await box.as('ben')('POST', `/messages?${line}`)).status).toBe(202)
    const reply = new URLSearchParams({ flow: 'acme/main', event: 'comment', message: '1', content: 'Hey' })
    expect((await box.as('ben')('POST', `/comments?${reply}`)).status).toBe(202)
    expect(box.world.flows[0]?.messages.list()).toMatchObject([
      { event: 'message', content: 'Howdy', tags: ['todo', 'feedback'] },
      { event: 'comment', content: { title: 'Howdy', text: 'Hey' } },
    ])
  })

  test('yield to those in the body', async () => {
    await box.as('ben')('POST', '/flows/acme/main/messages?event=status&content=query', { content: 'body' })
    expect(box.world.flows[0]?.messages.list()).toMatchObject([{ event: 'status', content: 'body' }])
  })

  test.each(['a[b][c][d][e][f][g]=1', '__proto__[x]=1', 'x=1&'.repeat(1_001)])(
    'are refused as in a form: %s',
    async (query) => {
      const line = { flow: 'acme/main', event: 'message', content: 'x' }
      expect((await box.as('ben')('POST', `/messages?${query}`, line)).status).toBe(400)
    },
  )
})

describe('what does not exist is not found, whatever was sent', () => {
  test.each([
    ['GET', '/%'],
    ['GET', '/flows/acme/%E0%A4%A'],
    ['GET', `/flows/${'x'.repeat(1_000)}/main`],
    ['DELETE', '/messages'],
    ['PATCH', '/user'],
  ])('%s %s', async (method, path) => {
    const { status, body } = await box.as('ben')(method, path)
    expect([status, body]).toEqual([404, { message: expect.stringContaining(method) }])
  })

  test.each([
    ['{', {}],
    ['<x/>', { 'content-type': 'text/xml' }],
    ['x'.repeat(600_000), { 'content-type': 'text/plain' }],
  ])('POST /nothing with an unreadable body', async (body, headers) => {
    expect((await box.as('ben')('POST', '/nothing', body, headers)).status).toBe(404)
  })
})
