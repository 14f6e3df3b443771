import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from './support/app.ts'
import { openActionsApp } from './support/flowdock-actions.ts'
import { Log } from './support/log.ts'

const log = new Log()
let testApp: TestApp
/** With a Flowdock. */
let connected: TestApp

beforeAll(async () => {
  testApp = await openTestApp()
  connected = await openActionsApp({ LOG_LEVEL: 'info' }, { log })
})

afterAll(async () => {
  await testApp.close()
  await connected.close()
})

test('an unknown address answers 404', async () => {
  const { statusCode } = await testApp.browser().get('/nowhere')
  expect(statusCode).toBe(404)
})

test('every page has a strict content security policy', async () => {
  const { headers } = await testApp.browser().get('/')
  expect(headers['content-security-policy']).toMatch(/^default-src 'none';script-src 'self';style-src 'self'/)
  expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/)
})

test('a listening app answers over the network', async () => {
  const url = await testApp.listen()
  const { status } = await fetch(`${url}/nowhere`)
  expect(status).toBe(404)
})

test.each(['/polls/%E0%A4%A', '/%', `/polls/${'x'.repeat(600)}`])('the address %s leads nowhere', async (url) => {
  const { statusCode, headers } = await testApp.app.inject({ url })
  expect([statusCode, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
  expect(headers['x-request-id']).toBeTruthy()
  expect(headers['content-security-policy']).toContain("default-src 'none'")
})

test('an unreadable query is ignored', async () => {
  expect((await testApp.app.inject({ url: '/?q=%E0%A4%A' })).statusCode).toBe(200)
})

test.each<[url: string, status: number, type: string, ...said: string[]]>([
  ['/polls/%E0%A4%A', 404, 'text/html'],
  ['/api/polls/%E0%A4%A', 400, 'application/problem+json'],
  ['/flowdock/actions/polls/%E0%A4%A/closed', 404, 'application/problem+json', 'Flowdock requested an unknown action'],
])(
  '%s is answered by its page or API, with the usual headers, and logged as received',
  async (url, status, type, ...said) => {
    const lines = await log.during(async () => {
      const { statusCode, headers, body } = await connected.app.inject({ method: 'POST', url })
      expect([statusCode, headers['content-type']]).toEqual([status, `${type}; charset=utf-8`])
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.anything(),
      })
      expect(body).toContain(String(headers['x-request-id']))
    })
    expect(lines.map(({ msg }) => msg)).toEqual(['incoming request', ...said, 'request completed'])
    expect(lines[0]).toMatchObject({ req: { path: url } })
  },
)
