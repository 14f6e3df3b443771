import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { type Box, form, openSandbox, ticket } from './box.ts'

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom('', ' ', null, [], {}, -1, 1e300, '\ud800', '\0', 'x'.repeat(70_000), '<'.repeat(5_000), '&#0;'),
)

const target = { '@type': 'EntryPoint', urlTemplate: 'https://tickets.example/1', httpMethod: 'POST' }
const actions = [
  { '@type': 'ViewAction', name: 'Look', url: 'https://tickets.example/1', description: 'At it' },
  { '@type': 'UpdateAction', name: 'Close', target },
]
const whole = { ...ticket, uuid: '1', tags: ['one'], body: '<b>1</b>', thread: { ...ticket.thread, actions } }

/** A post with one thing in it replaced, wherever it stands. */
const broken = fc
  .tuple(fc.constantFrom(...paths(whole)), odd)
  .map(([path, value]) => replaced(whole, path, value) as Record<string, unknown>)

function paths(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]]
  return [[], ...Object.entries(value).flatMap(([key, inner]) => paths(inner).map((path) => [key, ...path]))].filter(
    (path, index) => index === 0 || path.length > 0,
  )
}

function replaced(value: unknown, [key, ...rest]: string[], by: unknown): unknown {
  if (key === undefined) return by
  const copy = structuredClone(value) as Record<string, unknown>
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

test('any post is accepted or refused', async () => {
  const flow_token = box.connect().flowToken
  await fc.assert(
    fc.asyncProperty(broken, async (body) => {
      const sent = typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, flow_token } : body
      const { status } = await box.as('ben')('POST', '/messages', JSON.stringify(sent))
      expect([202, 400]).toContain(status)
    }),
    { numRuns: 300 },
  )
  expect((await box.as('ben')('GET', '/flows/acme/main/threads')).status).toBe(200)
  expect((await box.as('ben')('GET', '/flows/acme/main/messages')).status).toBe(200)
})

test('any form is refused', async () => {
  const key = fc.string({ unit: fc.constantFrom('a', '[', ']', '0', '=', '&', '%', 'thread') })
  await fc.assert(
    fc.asyncProperty(key, async (body) => {
      expect((await box.as('ben')('POST', '/messages', body || 'a', form)).status).toBe(400)
    }),
    { numRuns: 200 },
  )
})

test('any query is answered with a list or refused', async () => {
  const name = fc.constantFrom('event', 'limit', 'sort', 'skip', 'since_id', 'until_id', 'tags', 'tag_mode', 'search')
  const query = fc.array(fc.tuple(name, fc.string()), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(query, async (pairs) => {
      const { status } = await box.as('ben')('GET', `/flows/acme/main/messages?${new URLSearchParams(pairs)}`)
      expect([200, 400]).toContain(status)
    }),
    { numRuns: 200 },
  )
})

test('HTML of any depth is accepted in time', async () => {
  const body = '<b><i>'.repeat(10_000)
  const { status } = await box.call('POST', '/messages', { ...ticket, body, flow_token: box.connect().flowToken })
  expect(status).toBe(202)
})
