import { parse } from 'node-html-parser'
import { beforeEach, expect, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { type Box, openSandbox } from '../box.ts'
import { form, json, type SentRequest, sendAsRuby } from './ruby.ts'

/*
 * The original Polldock: the repository flowdock/flowdock-example-integration at 4a512a6. Its requests were recorded from the
 * unchanged program, with Ruby 3.1 and the libraries of Debian 12. There, `callback_url` of omniauth-oauth2 is that of 1.1.2,
 * which the program's Gemfile.lock names: later versions add the query of the page to the redirect URI.
 */

const web = 'http://127.0.0.1:4392'
const callback = `${web}/auth/flowdock/callback`
const settings = '/app/acme/main/settings'

let box: Box
let browser: Browser
let client: { client_id: string; client_secret: string }

beforeEach(async () => {
  box = await openSandbox({ applications: [] })
  browser = new Browser(box.app)
  client = await register()
})

const send = (request: SentRequest) => sendAsRuby(box.url, request)

/** As its README says. */
async function register() {
  await browser.get('/oauth/applications/new')
  await browser.postFiles('/oauth/applications/new', {
    name: 'Polldock',
    callbackUri: callback,
    setupUri: `${web}/flowdock/setup?flow={flow_id}&flow_url={flow_url}`,
    configurationUri: `${web}/flowdock/configure?source={source_id}&source_url={source_url}`,
  })
  const [registered] = box.world.applications.list()
  return { client_id: registered?.clientId ?? '', client_secret: registered?.clientSecret ?? '' }
}

/** The parameters of the link in the settings of the flow that begins like this. */
async function parametersOf(start: string) {
  const links = parse((await browser.get(settings)).body).querySelectorAll('a.button')
  const hrefs = links.map((link) => link.getAttribute('href')?.replaceAll('&amp;', '&') ?? '')
  return Object.fromEntries(new URL(hrefs.find((href) => href.startsWith(start)) ?? '').searchParams)
}

/** A person allows access; then OmniAuth gets a token and the user. */
async function signIn(): Promise<string> {
  const parameters = { client_id: client.client_id, redirect_uri: callback, response_type: 'code' }
  const asked = {
    ...parameters,
    scope: 'profile integration',
    state: 'd125dc2c21b7c02920efb5e2862f49e29f958396e2d3830e',
  }
  expect((await browser.get(`/oauth/authorize?${new URLSearchParams(asked)}`)).statusCode).toBe(200)
  const { headers } = await browser.post('/oauth/authorize', { ...asked, user: '1', decision: 'allow' })
  const returned = new URL(String(headers.location))
  expect([returned.origin + returned.pathname, returned.searchParams.get('state')]).toEqual([callback, asked.state])
  const exchange = {
    ...{ ...client, code: returned.searchParams.get('code') ?? '' },
    ...{ grant_type: 'authorization_code', redirect_uri: callback },
  }
  const path = '/oauth/token'
  const { status, body } = await send({ method: 'POST', path, headers: form, body: `${new URLSearchParams(exchange)}` })
  expect([status, body.token_type]).toEqual([200, 'bearer'])
  const authorization = `Bearer ${body.access_token}`
  const user = await send({ method: 'GET', path: '/user', headers: { authorization } })
  expect(user).toMatchObject({ status: 200, body: { id: 1, nick: 'Maija', email: 'maija@acme.example' } })
  return body.access_token
}

/** Faraday's middleware sends the token in the query, and in a header of a type that Flowdock does not document. */
const withToken = (token: string, request: SentRequest): SentRequest => {
  const [path = '', query] = request.path.split('?')
  const headers = { ...request.headers, authorization: `Token token="${token}"` }
  return { ...request, path: `${path}?access_token=${token}${query ? `&${query}` : ''}`, headers }
}

async function pair(): Promise<{ id: number; flow_token: string }> {
  const { flow } = await parametersOf(`${web}/flowdock/setup?`)
  const token = await signIn()
  const found = await send(withToken(token, { method: 'GET', path: `/flows/find?id=${flow}` }))
  expect(found).toMatchObject({ status: 200, body: { name: 'Main', url: `${box.url}/flows/acme/main` } })
  const path = `${new URL(found.body.url).pathname}/integrations`
  const made = await send(withToken(token, { method: 'POST', path, headers: json, body: '{"name":"All polls"}' }))
  expect(made).toMatchObject({ status: 201, body: { id: expect.any(Number), name: 'All polls' } })
  expect(made.body.flow_token).toMatch(/^[\da-f]{32}$/)
  return made.body
}

type Counts = Record<string, number>

/** One of its posts. It sends the whole state of the poll with each. */
const post = (token: string, event: string, title: string, votes: Counts, { body = '', status = 'open' } = {}) =>
  send({
    ...{ method: 'POST', path: '/activities', headers: json },
    body: JSON.stringify({
      author: {
        ...{ name: 'Anonymous', email: 'MyEmailAddress@example.com' },
        avatar: 'https://secure.gravatar.com/avatar/0bc83cb571cd1c50ba6f3e8a78ef1346?s=120&r=pg',
      },
      ...{ body, event, external_thread_id: 'example:poll:1' },
      thread: {
        external_url: `${web}/1`,
        fields: Object.entries(votes).map(([label, count]) => ({ label, value: String(count) })),
        status: { value: status, color: status === 'open' ? 'green' : 'red' },
        title: 'Where to eat lunch?',
      },
      ...{ title, token },
    }),
  })

const thread = () => box.world.flows[0]?.threads.list()[0]
const fields = () => thread()?.fields.map(({ label, value }) => `${label} ${value}`)

test('it is set up from the settings of a flow, with the flow’s id and address', async () => {
  expect(await parametersOf(`${web}/flowdock/setup?`)).toEqual({
    flow: box.world.flows[0]?.id,
    flow_url: `${box.url}/flows/acme/main`,
  })
})

test('it pairs, and posts the whole life of a poll into one thread', async () => {
  const { flow_token: token } = await pair()
  const answers = [
    await post(token, 'activity', 'Created poll!', { Pizza: 0, Sushi: 0 }),
    await post(token, 'activity', 'Voted for Sushi', { Sushi: 1, Pizza: 0 }),
    await post(token, 'discussion', 'Commented poll', { Sushi: 1, Pizza: 0 }, { body: 'I am allergic to cheese' }),
    await post(token, 'activity', 'Removed vote from Sushi', { Pizza: 0, Sushi: 0 }),
    await post(token, 'activity', 'Created option Soup', { Pizza: 0, Sushi: 0, Soup: 0 }),
    await post(token, 'activity', 'Voted for Soup', { Soup: 1, Pizza: 0, Sushi: 0 }),
  ]
  expect(answers).toEqual(answers.map(() => ({ status: 202, body: '' })))
  expect(fields()).toEqual(['Soup 1', 'Pizza 0', 'Sushi 0'])
  expect(thread()).toMatchObject({ externalUrl: `${web}/1`, status: { value: 'open', color: 'green' } })

  const closed = await post(
    token,
    'activity',
    'Closed poll. Winner is: Soup',
    { Soup: 1, Pizza: 0, Sushi: 0 },
    { status: 'closed' },
  )
  expect(closed.status).toBe(202)
  expect(thread()).toMatchObject({
    ...{ title: 'Where to eat lunch?', status: { value: 'closed', color: 'red' } },
    ...{ activities: 6, externalComments: 1 },
  })
  const page = parse((await browser.get(`/app/acme/main/threads/${thread()?.id}`)).body)
  const said = page.querySelectorAll('.entry').map(({ text }) => text.replace(/\s+/g, ' '))
  expect([said.length, said[2], said[6]]).toEqual([
    7,
    expect.stringContaining('I am allergic to cheese'),
    expect.stringContaining('Anonymous Closed poll. Winner is: Soup'),
  ])
})

test('it is configured from the settings of the flow, and reads its source', async () => {
  const { id } = await pair()
  const { source, source_url: sourceUrl = '' } = await parametersOf(`${web}/flowdock/configure?`)
  expect(source).toBe(String(id))
  const token = await signIn()
  const read = await send(withToken(token, { method: 'GET', path: new URL(sourceUrl).pathname }))
  expect(read).toMatchObject({ status: 200, body: { id, name: 'All polls', application: { name: 'Polldock' } } })
  expect(read.body).not.toHaveProperty('flow_token')
})

test('it gets a 410 when somebody removes its source, and when somebody deletes its application', async () => {
  const [removed, deleted] = [await pair(), await pair()]
  await browser.get(settings)
  await browser.post(`/app/acme/main/sources/${removed.id}/remove`)
  expect((await post(removed.flow_token, 'activity', 'Voted for Soup', { Soup: 1 })).status).toBe(410)
  expect((await post(deleted.flow_token, 'activity', 'Voted for Soup', { Soup: 1 })).status).toBe(202)
  await browser.get('/oauth/applications/1')
  await browser.post('/oauth/applications/1/delete')
  expect((await post(deleted.flow_token, 'activity', 'Voted for Soup', { Soup: 1 })).status).toBe(410)
})
