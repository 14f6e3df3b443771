import { beforeEach, describe, expect, inject, test } from 'vitest'
import { asset } from '../src/server/assets.ts'
import { LoadMonitor } from '../src/server/load-monitor.ts'
import { newGuest } from './api/client.ts'
import { expectProblem } from './api/problems.ts'
import { openTestApp } from './support/app.ts'
import { closedAtEnd } from './support/at-end.ts'
import { FlowdockActions, openActionsApp } from './support/flowdock-actions.ts'
import { Log } from './support/log.ts'
import { measured, readSeries } from './support/metrics.ts'
import { createPoll, textOf, visitor } from './support/pages.ts'

const log = new Log()
const pressure = new LoadMonitor()

/** Reports this delay in several measurements in a row. */
function beLate(delayMs: number): void {
  for (let look = 0; look < 3; look++) pressure.note({ delayMs, poolWaiting: 0, commandsWaiting: 0 })
}
const relaxed = 0
const busy = 700
const busier = 4_000
const drowning = 10_000

const testApp = await closedAtEnd(openActionsApp({ ...measured, LOG_LEVEL: 'warn' }, { loadMonitor: pressure, log }))
const ada = await newGuest(testApp.app)
const ann = await visitor(testApp, 'Ann')
const poll = await createPoll(ann)

beforeEach(() => beLate(relaxed))

const vote = () => ann.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
const comment = () => ada.send('POST', `/polls/${poll.id}/comments`, { body: 'Hm.' })
const stream = (url: string) => testApp.app.inject({ url, headers: { accept: 'text/event-stream' } })

test('a refused page says so, and when to try again', async () => {
  beLate(busy)
  const { statusCode, headers, body } = await ann.get(poll.path)
  expect(statusCode).toBe(503)
  expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(5)
  expect(headers['cache-control']).toBe('no-store')
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(textOf(ann, '#error-page .explanation')).toContain('Try again in a few seconds.')
  expect(body).toContain(`<code>${headers['x-request-id']}</code>`)
})

test('the API refuses with a problem', async () => {
  beLate(busy)
  const response = await ada.get('/polls')
  expectProblem(response, 'unavailable')
  expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(5)
})

test('a refused request looks up nobody, and logs nothing', async () => {
  beLate(drowning)
  const { sessions, metrics } = testApp.services
  let lookUps = 0
  const { find } = sessions
  sessions.find = (token) => {
    lookUps++
    return find.call(sessions, token)
  }
  const series = 'polldock_requests_shed_total{rank="reads"}'
  const before = (await readSeries(metrics, series)) ?? 0
  expect(await log.during(() => ann.get('/'))).toEqual([])
  expect(await readSeries(metrics, series)).toBe(before + 1)
  expect(lookUps).toBe(0)
  sessions.find = find
})

describe('a busy machine', () => {
  test('refuses pages and lists, and accepts changes and votes', async () => {
    beLate(busy)
    for (const path of ['/', '/me', poll.path]) expect((await ann.get(path)).statusCode, path).toBe(503)
    expect((await comment()).statusCode).toBe(201)
    expect((await vote()).statusCode).toBe(303)
  })

  test('refuses changes and streams next', async () => {
    beLate(busier)
    expect((await comment()).statusCode).toBe(503)
    for (const url of [`/polls/${poll.id}/stream`, `/api/polls/${poll.id}/stream`])
      expect((await stream(url)).statusCode, url).toBe(503)
  })

  test('accepts votes for as long as possible, from everywhere', async () => {
    const actions = await FlowdockActions.begin(testApp)
    const asked = await ada.newPoll()
    beLate(busier)
    expect((await vote()).statusCode).toBe(303)
    expect((await ada.vote(asked, 0)).statusCode).toBe(200)
    expect((await actions.pick(actions.ballot())).statusCode).toBe(200)
    beLate(drowning)
    expect((await vote()).statusCode).toBe(503)
    expect((await ada.vote(asked, 1)).statusCode).toBe(503)
    const { statusCode, headers, json } = await actions.pick(actions.ballot(1))
    expect([statusCode, json.status, json.requestId]).toEqual([503, 503, headers['x-request-id']])
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(5)
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test('always serves assets', async () => {
    beLate(drowning)
    expect((await testApp.app.inject(asset('app.css'))).statusCode).toBe(200)
  })
})

// Three measurements take three seconds: once, on the database with a pool.
test.runIf(inject('database').kind === 'postgres')('a full pool is noticed, and logged once', async () => {
  const seen = new Log()
  const watched = await openTestApp({ loadMonitor: undefined, log: seen, env: { LOG_LEVEL: 'warn' } })
  const callers = { total: 10, idle: 0, waiting: 0 }
  watched.services.database.pool = () => callers
  const status = async () => (await watched.app.inject('/')).statusCode
  expect(await status()).toBe(200)
  callers.waiting = 300
  await expect.poll(status).toBe(503)
  expect(seen.text).toContain('"refused":["reads"]')
  expect(seen.text.trim().split('\n')).toHaveLength(1)
  await watched.close()
})
