import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { asset } from '../src/server/assets.ts'
import { newGuest, noPoll } from './api/client.ts'
import { expectProblem } from './api/problems.ts'
import { openTestApp, type TestApp } from './support/app.ts'
import { Log } from './support/log.ts'
import { textOf } from './support/pages.ts'

let testApp: TestApp
let behindProxy: TestApp
const log = new Log()

beforeAll(async () => {
  testApp = await openTestApp({ log, env: { LOG_LEVEL: 'info' } })
  behindProxy = await openTestApp({ env: { PROXIES: '1' } })
})

afterAll(async () => {
  await testApp.close()
  await behindProxy.close()
})

const idOf = async ({ app }: TestApp, given?: string) => {
  const headers = given === undefined ? {} : { 'x-request-id': given }
  return (await app.inject({ url: '/api/polls', headers })).headers['x-request-id']
}

test('every request has its id in all its log lines', async () => {
  const ids = new Set<unknown>()
  const lines = await log.during(async () => {
    for (let i = 0; i < 3; i++) ids.add(await idOf(testApp))
  })
  expect(ids.size).toBe(3)
  for (const id of ids) {
    expect(id).toMatch(/^[a-z2-9]{12}$/)
    expect(lines.filter(({ requestId }) => requestId === id).map(({ msg }) => msg)).toEqual([
      'incoming request',
      'request completed',
    ])
  }
})

test('an id comes from a proxy only, and only in a safe format', async () => {
  expect(await idOf(testApp, 'from-anybody')).not.toBe('from-anybody')
  expect(await idOf(behindProxy, 'From_the-proxy-1')).toBe('From_the-proxy-1')
  for (const harmful of ['', 'two words', 'a'.repeat(65), '<b>', 'a"b', 'ü'])
    expect(await idOf(behindProxy, harmful)).toMatch(/^[a-z2-9]{12}$/)
})

test('an error page shows the request id', async () => {
  const browser = testApp.browser()
  for (const path of ['/nowhere', '/flowdock/setup', '/%zz']) {
    const { headers, body } = await browser.get(path)
    expect(headers['x-request-id'], path).toMatch(/^[a-z2-9]{12}$/)
    expect(body, path).toContain(`<code>${headers['x-request-id']}</code>`)
  }
})

test('a server error page shows the request id of the logged error', async () => {
  vi.spyOn(testApp.services.polls, 'view').mockRejectedValueOnce(new Error('Out of order'))
  const browser = testApp.browser()
  const lines = await log.during(() => browser.get('/polls/nosuchpollanywhr'))
  const [fault] = lines.filter(({ msg }) => msg === 'A page failed')
  expect(textOf(browser, '.request-id code')).toBe(fault?.requestId)
})

test('a problem of the API contains the request id, also for an invalid address', async () => {
  expectProblem(await testApp.app.inject(`/api/polls/${noPoll}`), 'not_found')
  expectProblem(await testApp.app.inject('/api/%zz'), 'bad_request')
})

test('a stored response to a repeat contains the repeat’s request id', async () => {
  const ada = await newGuest(testApp.app)
  const create = () =>
    ada.send('POST', '/polls', { title: 'Lunch?', options: ['Soup', 'Rice'] }, { 'idempotency-key': 'x' })
  const [first, second] = [await create(), await create()]
  expect(second.body).toBe(first.body)
  expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
})

test('responses for shared caches contain no request id', async () => {
  const { headers } = await testApp.app.inject(asset('app.css'))
  expect(headers['cache-control']).toContain('public')
  expect(headers).not.toHaveProperty('x-request-id')
})
