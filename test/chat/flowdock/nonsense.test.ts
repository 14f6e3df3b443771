import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../support/app.ts'
import { textOf } from '../../support/pages.ts'

/** The responses of a server that is not Flowdock, by path; null for no response. */
let answers: Record<string, string | null> = {}
let server: Server
let testApp: TestApp

beforeAll(async () => {
  server = createServer((request, response) => {
    const { [request.url?.split('?')[0] ?? '']: answer = '{}' } = answers
    if (answer !== null) response.setHeader('content-type', 'application/json').end(answer)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const flowdock = { FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: 'x' }
  testApp = await openTestApp({ env: { ...flowdock, FLOWDOCK_API_URL: `http://127.0.0.1:${port}` } })
})

afterAll(async () => {
  await testApp.close()
  server.closeAllConnections()
  server.close()
})

const token = JSON.stringify({ access_token: 'made up', token_type: 'bearer' })
const userWith = (email: unknown) => JSON.stringify({ id: 1, name: 'Maija', email, avatar: 'javascript:alert(1)' })
const user = userWith(7)

test.each([
  ['no token', { '/oauth/token': '{"access_token": 7}' }],
  ['half a token', { '/oauth/token': '{"access_token": "ab' }],
  ['a list for a token', { '/oauth/token': '[]' }],
  ['nobody', { '/oauth/token': token, '/user': 'null' }],
  ['somebody without an id', { '/oauth/token': token, '/user': '{"name":"Maija"}' }],
  ['no flow', { '/oauth/token': token, '/user': user, '/flows/find': '<html>' }],
  ['a flow that is elsewhere', { '/oauth/token': token, '/user': user, '/flows/find': flow('/user') }],
] as const)('a reply that holds %s leads to an error page', async (_what, answered) => {
  answers = answered
  const browser = testApp.browser()
  const { headers } = await browser.get('/flowdock/setup?flow=main')
  const state = new URL(headers.location ?? '').searchParams.get('state')
  const { statusCode } = await browser.get(`/auth/flowdock/callback?code=x&state=${state}`)
  expect([statusCode, textOf(browser, 'h1')]).toEqual([502, 'Flowdock’s response has an unexpected form'])
})

test('a missing reply leads to an error page within seconds', async () => {
  answers = { '/oauth/token': null }
  const browser = testApp.browser()
  const { headers } = await browser.get('/auth/flowdock')
  const state = new URL(headers.location ?? '').searchParams.get('state')
  const begun = performance.now()
  const { statusCode } = await browser.get(`/auth/flowdock/callback?code=x&state=${state}`)
  expect([statusCode, textOf(browser, 'h1')]).toEqual([503, 'Flowdock does not answer'])
  expect(performance.now() - begun).toBeLessThan(10_000)
})

test.each([7, 'maija', 'maija\0@example.org', 'maija\ud800@example.org'])(
  'invalid parts of an account are left out, such as the address %j',
  async (email) => {
    answers = { '/oauth/token': token, '/user': userWith(email), '/sources': '[]' }
    const browser = testApp.browser()
    const { headers } = await browser.get('/auth/flowdock')
    const state = new URL(headers.location ?? '').searchParams.get('state')
    await browser.get(`/auth/flowdock/callback?code=x&state=${state}`)
    const account = await testApp.database.prisma.chatAccount.findFirst({ where: { accountId: '1' } })
    expect(account).toMatchObject({ name: 'Maija', email: null, avatarUrl: null })
  },
)

function flow(url: string): string {
  return JSON.stringify({ id: 'f', name: 'Main', organization: { name: 'Acme' }, url })
}
