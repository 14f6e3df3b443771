import { request } from 'undici'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Scope } from '../../src/sandbox/identity.ts'
import { type Box, basic, form, openSandbox } from './box.ts'

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

const as = (authorization: string) => box.call('GET', '/user', undefined, { authorization })

describe('the user is identified by', () => {
  test('an API token as the user name, whatever the password', async () => {
    expect((await as(basic('ben-sandbox-api-token'))).body).toMatchObject({ nick: 'Ben' })
    expect((await as(basic('ben-sandbox-api-token', 'DUMMY'))).body).toMatchObject({ nick: 'Ben' })
  })

  test('an email with the password', async () => {
    expect((await as(basic('ben@acme.example', 'ben-sandbox-password'))).body).toMatchObject({ nick: 'Ben' })
    expect((await as(basic('ben@acme.example', 'wrong'))).status).toBe(401)
  })

  test('an access token in the header or in the query', async () => {
    const accessToken = box.token('ben', ['profile'])
    expect((await as(`Bearer ${accessToken}`)).body).toMatchObject({ nick: 'Ben' })
    const { body, headers } = await box.call('GET', `/user?access_token=${accessToken}`)
    expect([body.nick, headers.get('flowdock-user')]).toEqual(['Ben', '2'])
  })

  test.each(['', 'Basic', 'Basic !!!', 'Bearer nothing', 'Digest x', 'Bearer  '])('not “%s”', async (authorization) => {
    const { status, headers, body } = await as(authorization)
    expect([status, body]).toEqual([401, { message: expect.any(String) }])
    expect(headers.get('www-authenticate')).toContain('Basic')
    expect(headers.get('flowdock-user')).toBeNull()
  })
})

describe('scopes', () => {
  const opened = async (scope: Scope) => {
    const call = box.withScopes(scope)
    const asked = ['/user', '/users', '/flows', '/flows/acme/main/messages', '/flows/acme/main/threads', '/sources']
    const statuses = await Promise.all(asked.map(async (path) => [path, (await call('GET', path)).status] as const))
    return statuses.filter(([, status]) => status === 200).map(([path]) => path)
  }

  test.each([
    ['flow', ['/users', '/flows', '/flows/acme/main/messages', '/flows/acme/main/threads', '/sources']],
    ['private', []],
    ['manage', ['/users', '/flows', '/sources']],
    ['profile', ['/user']],
    ['offline_access', []],
    ['integration', ['/flows', '/sources']],
  ] as const)('%s opens %j', async (scope, paths) => {
    expect(await opened(scope)).toEqual(paths)
  })

  test('writing to a flow needs the scope', async () => {
    const line = { flow: 'acme/main', event: 'message', content: 'x' }
    expect((await box.withScopes('integration')('POST', '/messages', line)).status).toBe(403)
    expect((await box.withScopes('flow')('POST', '/messages', line)).status).toBe(202)
  })

  test('without a scope the reply still identifies the user', async () => {
    const { status, headers, body } = await box.withScopes('private')('GET', '/user')
    expect([status, headers.get('flowdock-user'), body]).toEqual([
      403,
      '1',
      { message: 'This needs the scope profile.' },
    ])
  })
})

describe('CORS', () => {
  test('lets pages of any origin read the reply, even a refusal', async () => {
    const { status, headers } = await box.call('GET', '/user', undefined, { origin: 'https://page.example' })
    expect(status).toBe(401)
    expect(headers.get('access-control-allow-origin')).toBe('https://page.example')
    expect(headers.get('access-control-expose-headers')).toContain('Flowdock-User')
  })

  test('answers preflights', async () => {
    const { statusCode, headers } = await request(`${box.url}/messages`, {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' },
    })
    expect(statusCode).toBe(204)
    expect(headers['access-control-allow-methods']).toContain('DELETE')
    expect(headers['access-control-allow-headers']).toContain('Authorization')
  })
})

describe('invalid requests get an answer in JSON', () => {
  const post = (body: string, headers: Record<string, string> = {}) => box.as('ben')('POST', '/messages', body, headers)

  test('unknown routes', async () => {
    expect(await box.as('ben')('GET', '/nothing')).toMatchObject({
      status: 404,
      body: { message: 'There is no GET /nothing here.' },
    })
    expect((await box.as('ben')('PATCH', '/messages', {})).status).toBe(404)
  })

  test.each([
    '{',
    'null',
    '[]',
    '"x"',
    '1',
    '',
    '{"__proto__":{"x":1}}',
    '{"event":[]}',
    '{"event":"message","flow":{}}',
  ])('the JSON body %s', async (body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { message: expect.any(String) } })
  })

  test.each(['a[b', '__proto__[x]=1', 'a[__proto__][x]=1', 'a[b][c][d][e][f][g][h]=1', 'x=1&'.repeat(1_001), '%'])(
    'the form %s',
    async (body) => {
      expect(await post(body, form)).toMatchObject({ status: 400, body: { message: expect.any(String) } })
    },
  )

  test('other types of content', async () => {
    expect((await post('<x/>', { 'content-type': 'text/xml' })).status).toBe(415)
  })

  test('bodies that are too large', async () => {
    expect((await post(JSON.stringify({ content: 'x'.repeat(600_000) }))).status).toBe(413)
  })
})
