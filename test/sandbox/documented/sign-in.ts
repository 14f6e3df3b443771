import { expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { application, type Box, basic } from '../box.ts'
import type { Endpoint, Trial } from './endpoint.ts'
import { tokens, user, z } from './shapes.ts'

const { clientId, clientSecret, callbackUri } = application
const asked = { client_id: clientId, response_type: 'code', redirect_uri: callbackUri, state: '123' }
const client = { client_id: clientId, client_secret: clientSecret }

/** Where the browser is led after consent. */
async function consent(box: Box, parameters: Record<string, string>): Promise<URL> {
  const browser = new Browser(box.app)
  await browser.get(`/oauth/authorize?${new URLSearchParams(parameters)}`)
  const answer = await browser.post('/oauth/authorize', { ...parameters, user: '1', decision: 'allow' })
  return new URL(answer.headers.location ?? '', box.url)
}

const redirects =
  (parameters: Record<string, string>, expected: RegExp): Trial =>
  async (_send, box) =>
    expect((await consent(box, parameters)).href).toMatch(expected)

/** A page for the browser, so no fields of an answer are documented. */
const authorize: Endpoint = {
  endpoint: 'GET /oauth/authorize',
  page: 'authentication',
  example: () => ({ as: null, query: asked }),
  status: 200,
  parameters: {
    client_id: async (send) => expect((await send({ query: { client_id: 'none' } })).status).toBeGreaterThan(399),
    response_type: async (send) => {
      const { status, headers } = await send({ query: { response_type: 'token' } })
      expect({ status, location: headers.get('location') }).toMatchObject({
        status: 302,
        location: expect.stringMatching(/error=/),
      })
    },
    redirect_uri: redirects({ client_id: clientId, response_type: 'code' }, /^https:\/\/tickets.example\/callback\?/),
    'redirect_uri=urn:ietf:wg:oauth:2.0:oob': async (send, box) => {
      const application = { name: 'Installed', redirect_uri: 'urn:ietf:wg:oauth:2.0:oob' }
      const { body } = await box.as('maija')('POST', '/oauth/applications', { application })
      const { client_id = '', redirect_uri = '' } = body as Record<string, string>
      const installed = { ...asked, client_id, redirect_uri }
      expect((await send({ query: installed })).status).toBe(200)
      expect((await consent(box, installed)).pathname).toMatch(/^\/oauth\/authorize\/.+/)
    },
    state: redirects(asked, /[?&]state=123(&|$)/),
    scope: async (_send, box) => {
      const code = (await consent(box, { ...asked, scope: 'flow profile' })).searchParams.get('code')
      const body = { grant_type: 'authorization_code', code, redirect_uri: callbackUri, ...client }
      const answer = await box.call('POST', '/oauth/token', body, { accept: 'application/json' })
      expect(answer.body).toMatchObject({ scope: 'flow,profile' })
    },
  },
}

const signedIn = { grant_type: 'password', username: 'maija@acme.example', password: 'maija-sandbox-password' }

const token: Endpoint = {
  endpoint: 'POST /oauth/token',
  page: 'authentication',
  example: () => ({ as: null, body: { ...client, ...signedIn }, headers: { accept: 'application/json' } }),
  status: 200,
  answer: tokens.extend({ expires_in: z.number() }),
  parameters: {
    client_id: async (send) => expect((await send({ body: { client_id: 'none' } })).status).toBe(401),
    client_secret: async (send) => expect((await send({ body: { client_secret: 'none' } })).status).toBe(401),
    'Accept (none)': async (send) => {
      const { headers, json } = await send({ headers: { accept: '*/*' } })
      expect(headers.get('content-type')).toContain('application/x-www-form-urlencoded')
      expect(tokens.safeParse(json).error?.issues ?? []).toEqual([])
    },
    'grant_type=authorization_code': async (send, box) => {
      const code = (await consent(box, asked)).searchParams.get('code')
      const { json } = await send({ body: { grant_type: 'authorization_code', code, redirect_uri: callbackUri } })
      expect(json).toMatchObject({ access_token: expect.any(String) })
    },
    'grant_type=refresh_token': async (send) => {
      const { json } = await send({ body: { scope: 'flow offline_access' } })
      const refreshed = await send({ body: { grant_type: 'refresh_token', refresh_token: json.refresh_token } })
      expect(refreshed.json).toMatchObject({ access_token: expect.any(String) })
    },
    'username and password': async (send) => expect((await send({ body: { password: 'none' } })).status).toBe(400),
    scope: async (send) => expect((await send({ body: { scope: 'flow profile' } })).json.scope).toBe('flow,profile'),
  },
}

const self: Endpoint = {
  endpoint: 'GET /user',
  page: 'authentication',
  example: (box) => ({ headers: { authorization: `Bearer ${box.token('maija', ['profile'])}` } }),
  status: 200,
  answer: user,
  parameters: {
    access_token: async (send, box) => {
      const query = { access_token: box.token('ben', ['profile']) }
      expect((await send({ as: null, headers: { authorization: '' }, query })).json).toMatchObject({ nick: 'Ben' })
    },
    'an API token': async (send) => {
      const headers = { authorization: basic('ben-sandbox-api-token', 'DUMMY') }
      expect((await send({ headers })).json).toMatchObject({ nick: 'Ben' })
    },
    'an email and a password': async (send) => {
      const headers = { authorization: basic('ben@acme.example', 'ben-sandbox-password') }
      expect((await send({ headers })).json).toMatchObject({ nick: 'Ben' })
    },
  },
}

export const signIn: Endpoint[] = [authorize, token, self]
