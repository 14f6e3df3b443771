import { expect, test, vi } from 'vitest'
import { Refusal } from '../../src/errors.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { minute } from '../support/clock.ts'
import { Client, newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app)

const json = { 'content-type': 'application/json' }

test.each(['{', '{"title": }', 'title', '{"__proto__": {"admin": true}}', '{"constructor": {"prototype": 1}}'])(
  'malformed JSON is refused: %s',
  async (body) => {
    expectProblem(await ada.send('POST', '/polls', body, json), 'malformed_json')
  },
)

test.each([
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/xml',
  'x',
])('a body that is not JSON is refused: %s', async (type) => {
  expectProblem(await ada.send('POST', '/polls', 'title=Lunch', { 'content-type': type }), 'unsupported_media_type')
})

test('a body over 64 KiB is refused', async () => {
  const body = { title: 'Lunch?', options: ['Noodles', 'Soup'], description: 'x'.repeat(65_536) }
  expectProblem(await ada.send('POST', '/polls', body), 'payload_too_large')
})

test('an empty body counts as one without fields', async () => {
  expect(expectProblem(await ada.send('POST', '/polls', '', json), 'invalid_input').errors).toEqual([
    { path: '', message: 'Send a JSON object.' },
  ])
  expectProblem(await ada.send('POST', '/polls'), 'invalid_input')
})

test.each([
  ['GET', '/nowhere'],
  ['POST', '/nowhere'],
  ['GET', '/polls/a/b/c/d'],
  ['PUT', '/polls'],
  ['DELETE', '/me/nowhere'],
] as const)('%s %s is not found', async (method, url) => {
  const { detail } = expectProblem(await new Client(testApp.app).send(method, `${url}?secret=1`), 'not_found')
  expect(detail).toBe(`There is no ${method} /api${url}.`)
})

test.each(['/polls/%', '/polls/%zz', '/polls/%ed%a0%80', '/polls/%c3%28/events', `/polls/${'x'.repeat(600)}`])(
  'an invalid address is refused: %s',
  async (url) => {
    expectProblem(await ada.get(url), 'bad_request')
  },
)

test(
  'a client over its limit gets the time to retry',
  async () => {
    const strict = await openTestApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_IDENTITY: '3', RATE_LIMIT_WRITE: '2' } })
    const guest = await newGuest(strict.app)
    await guest.newPoll()
    const poll = await guest.newPoll()
    const newcomer = new Client(strict.app)
    for (let count = 0; count < 2; count++) await newcomer.send('POST', '/guests', { name: 'Bob' })
    const refused = [
      await guest.send('POST', '/polls', { title: 'Lunch?', options: ['Noodles', 'Soup'] }),
      await newcomer.send('POST', '/guests', { name: 'Bob' }),
    ]
    for (const response of refused) {
      expectProblem(response, 'too_many_requests')
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
    }
    expect((await guest.vote(poll, 0)).statusCode).toBe(200)
    await strict.close()
  },
  minute,
)

/** The response to a request when the domain fails with this error. */
async function showAfter(error: Error) {
  const { polls } = testApp.services
  const view = vi.spyOn(polls, 'view').mockRejectedValueOnce(error)
  const response = await new Client(testApp.app).get(`/polls/${noPoll}`)
  view.mockRestore()
  return response
}

test('an overloaded app asks clients to retry later', async () => {
  const response = await showAfter(new Refusal('unavailable', 'Too many people vote at this moment.'))
  expectProblem(response, 'unavailable')
  expect(response.headers['retry-after']).toBe('3')
})

test('an unexpected error is reported without details', async () => {
  const { detail } = expectProblem(await showAfter(new Error('password of the database: hunter2')), 'internal_error')
  expect(detail).toBe('Polldock failed. The error was logged.')
})
