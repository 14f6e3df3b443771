import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { minute } from '../support/clock.ts'
import { newGuest } from './client.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app)
const poll = await ada.newPoll()

const texts = [
  '',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00\ud800',
  '<script>alert(1)</script>',
  '\u202eright to left',
  '👩‍👩‍👧‍👦'.repeat(30),
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!',
  "'; DROP TABLE polls; --",
  '%00',
  '#{7 * 7}',
  '<%= 7 * 7 %>',
  '\u2028\u2029',
  '\ufeff',
  '\uffff',
  '__proto__',
  'null',
  '../../../etc/passwd',
  'x'.repeat(10_000),
]
const values: unknown[] = [...texts, null, true, 0, -1, 1.5, 1e99, 2 ** 53, [], ['a'], [['a']], {}, { toString: 'x' }]

/** Requests with this value in every field of the API. */
function requests(value: unknown) {
  const text = encodeURIComponent(typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value))
  const at = `/polls/${poll.id}`
  return [
    ['POST', '/guests', { name: value }],
    ['POST', '/polls', value],
    ['POST', '/polls', { title: value, options: ['a', 'b'] }],
    ['POST', '/polls', { title: 'Lunch?', description: value, options: ['a', 'b'] }],
    ['POST', '/polls', { title: 'Lunch?', options: ['a', value] }],
    ['POST', '/polls', { title: 'Lunch?', options: value }],
    ['POST', '/polls', { title: 'Lunch?', options: ['a', 'b'], optionsOpen: value }],
    ['POST', '/polls', { title: 'Lunch?', options: ['a', 'b'], category: value }],
    ['PATCH', at, { title: value }],
    ['PATCH', at, { category: value }],
    ['PATCH', at, { description: value, optionsOpen: value }],
    ['POST', `${at}/options`, { title: value }],
    ['POST', `${at}/comments`, { body: value }],
    ['PUT', `${at}/ballot`, { choices: value }],
    ['PUT', `${at}/ballot`, { choices: [value] }],
    ['PUT', `${at}/closure`, value],
    ['DELETE', `${at}/closure`, value],
    ['GET', `/polls/${text}`],
    ['GET', `/polls?q=${text}&limit=1`],
    ['GET', `/polls?category=${text}`],
    ['GET', `/polls?status=${text}`],
    ['GET', `/polls?cursor=${text}`],
    ['GET', `/polls?limit=${text}`],
    ['GET', `/polls?${text}=1`],
    ['GET', `${at}/events?after=${text}`],
    ['GET', `${at}/comments?before=${text}`],
    ['GET', `/${text}`],
  ] as const
}

test.each(values.map((value) => [value]))('%j is answered, whatever it is', async (value) => {
  for (const [method, url, body] of requests(value)) {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers: Record<string, string> = payload === undefined ? {} : { 'content-type': 'application/json' }
    const response = await ada.send(method, url, payload, headers)
    expect(response.statusCode, `${method} ${url} ${payload} ${response.body}`).toBeLessThan(500)
  }
})

test('JSON of any depth that fits in a body gets a response', async () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"title":', '}'],
  ] as const) {
    const depth = Math.floor(60_000 / (open.length + close.length))
    const body = `${open.repeat(depth)}1${close.repeat(depth)}`
    const response = await ada.send('POST', '/polls', body, { 'content-type': 'application/json' })
    expect(response.statusCode).toBe(422)
  }
})

test('a stored text is returned unchanged', async () => {
  for (const title of ['<b>&amp;</b>', '\u202eabc', 'a\ud800b', 'a\0\tb', '日本語', '{{x}}<%= y %>']) {
    const made = await ada.newPoll({ title: `It is ${title}` })
    expect(made.title).toBe(`It is ${title.toWellFormed().replace(/[\0\t]+/g, ' ')}`)
    expect(pollSchema.parse((await ada.get(`/polls/${made.id}`)).json())).toEqual(made)
  }
})

test(
  'any JSON and any address gets a response',
  async () => {
    const names = ['title', 'description', 'category', 'options', 'optionsOpen', 'choices', 'body', 'name']
    const body = fc.oneof(
      fc.json(),
      fc.dictionary(fc.constantFrom(...names), fc.jsonValue()).map((value) => JSON.stringify(value)),
    )
    const path = fc.constantFrom('/guests', '/polls', `/polls/${poll.id}/ballot`, `/polls/${poll.id}/comments`)
    const query = fc.webQueryParameters()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH'),
        path,
        query,
        body,
        async (method, url, asked, sent) => {
          const payload = method === 'GET' ? undefined : sent
          const response = await ada.send(method, `${url}?${asked}`, payload, { 'content-type': 'application/json' })
          expect(response.statusCode, response.body).toBeLessThan(500)
        },
      ),
      { numRuns: 300 },
    )
  },
  minute,
)

test(
  'any header gets a response',
  async () => {
    const headers = [
      'authorization',
      'if-match',
      'if-none-match',
      'idempotency-key',
      'x-csrf-token',
      'accept',
      'cookie',
      'content-type',
    ]
    const value = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...headers), value), fc.boolean(), async (given, isChange) => {
        const response = isChange
          ? await ada.send('POST', `/polls/${poll.id}/comments`, '{"body": "Hm."}', given)
          : await ada.get(`/polls/${poll.id}`, given)
        expect(response.statusCode, response.body).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
  },
  minute,
)
