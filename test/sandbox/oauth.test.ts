import { beforeEach, describe, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { TestClock } from '../support/clock.ts'
import { application, type Box, basic, form, openSandbox } from './box.ts'

type Json = Record<string, unknown>

const { clientId, clientSecret, callbackUri } = application
const asked = { client_id: clientId, response_type: 'code', redirect_uri: callbackUri, state: 'a state' }
const client = { client_id: clientId, client_secret: clientSecret }

let clock: TestClock
let box: Box
let browser: Browser

beforeEach(async () => {
  clock = new TestClock()
  const other = { ...application, id: 2, clientId: 'other', clientSecret: 'another secret' }
  box = await openSandbox({ clock: clock.now, applications: [application, other] })
  browser = new Browser(box.app)
})

const query = (parameters: Record<string, string>) => `/oauth/authorize?${new URLSearchParams(parameters)}`
const decide = (fields: Record<string, string>) => browser.post('/oauth/authorize', { ...asked, user: '1', ...fields })

/** The parameters of the application's callback. */
function told(location: unknown): Json {
  const { origin, pathname, searchParams } = new URL(String(location))
  expect(origin + pathname).toBe(callbackUri)
  return Object.fromEntries(searchParams)
}

/** Goes through the pages as a person does. */
async function codeFor(scope: string, user = '1'): Promise<string> {
  await browser.get(query({ ...asked, scope }))
  return String(told((await decide({ scope, user, decision: 'allow' })).headers.location).code)
}

function token(fields: Json, headers: Record<string, string> = { accept: 'application/json' }) {
  return box.call('POST', '/oauth/token', fields, headers)
}

const exchange = (code: string, more: Json = {}) =>
  token({ grant_type: 'authorization_code', code, redirect_uri: callbackUri, ...client, ...more })
const refresh = (refreshToken: unknown, more: Json = {}) =>
  token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...client, ...more })

async function user(accessToken: unknown) {
  const { status, body } = await box.call('GET', '/user', undefined, { authorization: `Bearer ${accessToken}` })
  return [status, body.nick]
}

describe('the consent page', () => {
  test('names the application, its callback, and every scope', async () => {
    const page = await browser.get(query({ ...asked, scope: 'flow offline_access' }))
    expect(page.statusCode).toBe(200)
    for (const text of ['Ticket Desk asks', 'tickets.example', '<code>flow</code>', '<code>offline_access</code>']) {
      expect(page.body).toContain(text)
    }
    expect(page.body).not.toContain('<code>integration</code>')
  })

  test('may submit its form to the application, and nowhere else', async () => {
    const page = await browser.get(query(asked))
    expect(page.headers['content-security-policy']).toContain("form-action 'self' https://tickets.example;")
    expect((await browser.get('/app/faults')).headers['content-security-policy']).toContain("form-action 'self';")
  })

  test('redirects with a code and the state after consent', async () => {
    await browser.get(query(asked))
    const answer = await decide({ decision: 'allow' })
    expect(answer.statusCode).toBe(303)
    expect(told(answer.headers.location)).toEqual({ code: expect.stringMatching(/^.{40,}$/), state: 'a state' })
  })

  test('redirects with access_denied after a refusal', async () => {
    await browser.get(query(asked))
    const answer = await decide({ decision: 'deny' })
    expect(told(answer.headers.location)).toEqual({ error: 'access_denied', state: 'a state' })
  })

  test('uses the registered callback by default', async () => {
    const { redirect_uri, ...rest } = asked
    expect((await browser.get(query(rest))).statusCode).toBe(200)
  })

  test('accepts no decision from another site', async () => {
    await browser.get(query(asked))
    const answer = await decide({ decision: 'allow', _csrf: 'made up' })
    expect([answer.statusCode, answer.headers.location]).toEqual([403, undefined])
  })

  test('signs in the chosen user', async () => {
    await codeFor('flow', '3')
    expect((await browser.get('/app/acme/main')).body).toContain('Signed in as Chen Wei')
  })

  test.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_request', { response_type: '' }],
    ['invalid_scope', { scope: 'flow everything' }],
  ])('is not shown, and the application gets %s', async (error, wrong) => {
    const answer = await browser.get(query({ ...asked, ...wrong }))
    expect(answer.statusCode).toBe(302)
    expect(told(answer.headers.location)).toEqual({ error, state: 'a state' })
  })

  test.each([
    ['an unknown application', { client_id: 'nobody' }, 'No application has this client_id'],
    ['another callback', { redirect_uri: `${callbackUri}/` }, 'not registered for Ticket Desk'],
    ['a callback with a query', { redirect_uri: `${callbackUri}?x` }, 'not registered for'],
  ])('is not shown, and redirects nowhere, for %s', async (_what, wrong, message) => {
    const page = await browser.get(query({ ...asked, ...wrong }))
    expect([page.statusCode, page.headers.location]).toEqual([400, undefined])
    expect(page.body).toContain(message)
  })

  test('is not shown for a repeated parameter', async () => {
    expect((await browser.get(`${query(asked)}&client_id=${clientId}`)).statusCode).toBe(400)
  })
})

describe('a program without a callback', () => {
  const redirectUri = 'urn:ietf:wg:oauth:2.0:oob'
  const program = { client_id: 'program', client_secret: 'its secret' }
  const wanted = { ...asked, client_id: program.client_id, redirect_uri: redirectUri }

  beforeEach(async () => {
    const { client_id: clientId, client_secret: clientSecret } = program
    const registered = { ...application, clientId, clientSecret, name: 'Program <1>', callbackUri: redirectUri }
    box = await openSandbox({ clock: clock.now, applications: [registered] })
    browser = new Browser(box.app)
  })

  test('gets the code from the person, who reads it on a page', async () => {
    expect((await browser.get(query(wanted))).body).toContain('You will get a code to copy.')
    await decide({ ...wanted, decision: 'allow' })
    const page = await browser.follow()
    const code = /^\/oauth\/authorize\/([\w-]{40,})$/.exec(browser.path)?.[1] ?? ''
    expect([page.statusCode, page.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(page.body).toContain(`<code>${code}</code>`)
    expect(page.body).toContain('Copy this code into Program &lt;1&gt;')
    expect((await exchange(code, { ...program, redirect_uri: redirectUri })).status).toBe(200)
    expect((await browser.get(`/oauth/authorize/${code}`)).statusCode).toBe(404)
  })

  test.each([
    ['the person denies it', { decision: 'deny' }, 403, 'Program &lt;1&gt; got no access'],
    ['it asks for an unknown scope', { decision: 'allow', scope: 'everything' }, 400, 'invalid_scope'],
  ])('gets no code if %s, and a page says so', async (_why, fields, status, message) => {
    await browser.get(query(wanted))
    const answer = await decide({ ...wanted, ...fields })
    expect([answer.statusCode, answer.headers.location]).toEqual([status, undefined])
    expect(answer.body).toContain(message)
  })

  test('shows no page for a code that it never got', async () => {
    expect((await browser.get('/oauth/authorize/deadbeefdeadbeef')).statusCode).toBe(404)
  })
})

test('an application with a callback cannot have the code shown instead', async () => {
  const page = await browser.get(query({ ...asked, redirect_uri: 'urn:ietf:wg:oauth:2.0:oob' }))
  expect([page.statusCode, page.headers.location]).toEqual([400, undefined])
})

describe('a code', () => {
  test('is exchanged for a token of the person', async () => {
    const { status, headers, body } = await exchange(await codeFor('flow profile', '2'))
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      scope: 'flow,profile',
      token_type: 'bearer',
    })
    expect(await user(body.access_token)).toEqual([200, 'Ben'])
  })

  test('without a scope stands for flow and private', async () => {
    expect((await exchange(await codeFor(''))).body.scope).toBe('flow,private')
  })

  test('is valid once; a second use revokes its token', async () => {
    const code = await codeFor('profile offline_access')
    const { body } = await exchange(code)
    expect((await exchange(code)).body.error).toBe('invalid_grant')
    expect(await user(body.access_token)).toEqual([401, undefined])
    expect((await refresh(body.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('expires after ten minutes', async () => {
    const [early, late] = [await codeFor('flow'), await codeFor('flow')]
    clock.advance(600_000 - 1)
    expect((await exchange(early)).status).toBe(200)
    clock.advance(1)
    expect((await exchange(late)).body.error).toBe('invalid_grant')
  })

  test('is invalid for another application', async () => {
    const code = await codeFor('flow')
    const other = { client_id: 'other', client_secret: 'another secret' }
    expect((await exchange(code, other)).body.error).toBe('invalid_grant')
    expect((await exchange(code)).status).toBe(200)
  })

  test.each([undefined, `${callbackUri}/`])('needs the registered callback, not %s', async (redirectUri) => {
    const { status, body } = await exchange(await codeFor('flow'), { redirect_uri: redirectUri })
    expect([status, body.error]).toEqual([400, 'invalid_grant'])
  })
})

describe('a token', () => {
  test('expires after an hour', async () => {
    const { body } = await exchange(await codeFor('profile'))
    clock.advance(3_600_000 - 1)
    expect(await user(body.access_token)).toEqual([200, 'Maija'])
    clock.advance(1)
    expect(await user(body.access_token)).toEqual([401, undefined])
  })

  test('may be in the query', async () => {
    const { body } = await exchange(await codeFor('profile'))
    expect((await box.call('GET', `/user?access_token=${body.access_token}`)).status).toBe(200)
  })

  test('is refreshed, and the newest refresh token replaces the old one', async () => {
    const first = (await exchange(await codeFor('profile offline_access'))).body
    const second = (await refresh(first.refresh_token)).body
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await user(second.access_token)).toEqual([200, 'Maija'])
    expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(second.refresh_token)).status).toBe(200)
  })

  test('comes with a refresh token only for offline_access', async () => {
    expect((await exchange(await codeFor('flow'))).body).not.toHaveProperty('refresh_token')
  })

  test('is not refreshed by another application', async () => {
    const { body } = await exchange(await codeFor('offline_access'))
    const other = { client_id: 'other', client_secret: 'another secret' }
    expect((await refresh(body.refresh_token, other)).body.error).toBe('invalid_grant')
  })

  test('is given for an email and a password', async () => {
    const signIn = { grant_type: 'password', username: 'chen@acme.example', ...client, scope: 'profile' }
    const { body } = await token({ ...signIn, password: 'chen-sandbox-password' })
    expect(await user(body.access_token)).toEqual([200, 'Chen'])
    expect((await token({ ...signIn, password: 'guessed' })).body.error).toBe('invalid_grant')
    expect((await token({ ...signIn, username: 'nobody', password: '' })).body.error).toBe('invalid_grant')
    expect((await token({ ...signIn, scope: 'everything' })).body.error).toBe('invalid_scope')
  })
})

describe('the token endpoint', () => {
  const password = { grant_type: 'password', username: 'ben@acme.example', password: 'ben-sandbox-password' }

  /** A call whose answer need not be JSON. */
  const send = (body: string, headers: Record<string, string>) =>
    fetch(`${box.url}/oauth/token`, { method: 'POST', body, headers })

  test('accepts a form, and answers with one unless JSON is requested', async () => {
    const response = await send(String(new URLSearchParams({ ...password, ...client })), form)
    expect(response.headers.get('content-type')).toContain('application/x-www-form-urlencoded')
    const answer = Object.fromEntries(new URLSearchParams(await response.text()))
    expect(answer).toMatchObject({ expires_in: '3600', scope: 'flow,private', token_type: 'bearer' })
    expect(box.grants.identify(answer.access_token ?? '')?.user.nick).toBe('Ben')
  })

  test('identifies the application by basic authentication', async () => {
    const headers = { accept: 'application/json', authorization: basic(clientId, encodeURIComponent(clientSecret)) }
    expect((await token(password, headers)).status).toBe(200)
  })

  test.each([
    ['a wrong secret', { ...client, client_secret: 'guessed' }],
    ['an unknown application', { ...client, client_id: 'nobody' }],
    ['no secret', { client_id: clientId }],
    ['nothing', {}],
  ])('answers 401 to %s', async (_what, wrong) => {
    const { status, headers, body } = await token({ ...password, ...wrong })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect(headers.get('www-authenticate')).toContain('Basic')
  })

  test.each([
    ['no grant type', JSON.stringify(client), 'invalid_request'],
    ['another grant type', JSON.stringify({ ...client, grant_type: 'implicit' }), 'unsupported_grant_type'],
    ['a number', JSON.stringify({ ...client, grant_type: 7 }), 'invalid_request'],
    ['a list', '[]', 'invalid_request'],
    ['broken JSON', '{', 'invalid_request'],
  ])('answers 400 to %s', async (_what, body, error) => {
    const response = await send(body, { 'content-type': 'application/json' })
    expect([response.status, ((await response.json()) as Json).error]).toEqual([400, error])
  })

  test('answers 400 to a repeated parameter', async () => {
    const twice = `${new URLSearchParams({ ...password, ...client })}&username=maija@acme.example`
    expect((await send(twice, form)).status).toBe(400)
  })

  test('refuses other kinds of bodies', async () => {
    expect((await send('<xml/>', { 'content-type': 'application/xml' })).status).toBe(415)
  })

  test('has the faults of the API', async () => {
    box.faults.set({ kind: 'status', status: 503, path: '/oauth/token', times: 1 })
    expect((await token({ ...password, ...client })).status).toBe(503)
    expect((await token({ ...password, ...client })).status).toBe(200)
  })
})
