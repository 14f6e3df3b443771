import { expect, test } from 'vitest'
import { closedAtEnd } from './support/at-end.ts'
import { link, openActionsApp } from './support/flowdock-actions.ts'
import { createPoll, visitor } from './support/pages.ts'
import { type Route, routesOf } from './support/routes.ts'

const env = {
  ...{ WEBHOOKS: 'public', MATRIX_HOMESERVER_URL: 'http://127.0.0.1:1', MATRIX_SERVER_NAME: 'chat.test' },
  ...{ MATRIX_AS_TOKEN: 'as-secret', MATRIX_HS_TOKEN: 'hs-secret' },
}
const testApp = await closedAtEnd(openActionsApp(env))
await testApp.app.ready()
const ann = await visitor(testApp, 'Ann')
const poll = await createPoll(ann)
const { id, name } = await testApp.database.prisma.person.findFirstOrThrow({ where: { name: 'Ann' } })
await link(testApp, '1', { id, name })

/** Values that no database accepts, that cannot be decoded, that are too long, or that have a meaning in a program. */
const nonsense = ['a%00b', '%ED%A0%80', '%zz', 'x'.repeat(501), '__proto__']

/** A valid value, so each test has one invalid value only. */
function right(url: string, name: string): string {
  if (name === 'slug') return poll.path.slice('/polls/'.length)
  if (name === 'option' || name === 'optionId') return poll.options[0] ?? ''
  if (name === 'chat') return url.startsWith('/connections/new/') ? 'webhook' : 'flowdock'
  if (name === 'accountId') return '1'
  return url.includes('/polls/') ? poll.id : 'aaaaaaaaaaaaaa'
}

/** The addresses of a route with one invalid value each. */
function addressesOf({ url }: Route): string[] {
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  const filled = (wrong?: string, text = '') =>
    url.replace(/:(\w+)/g, (_all, name: string) => (name === wrong ? text : right(url, name)))
  const fields = [
    'q',
    'cursor',
    'limit',
    'after',
    'status',
    'done',
    'back',
    'key',
    'claim',
    'state',
    'code',
    'revision',
    'of',
    'chat',
    'which',
    'category',
    'invitation',
    'address',
    'name',
    'from',
    'before',
    'list',
    'flow',
  ]
  const query = (text: string) => fields.map((field) => `${field}=${text}`).join('&')
  return [
    ...names.flatMap((name) => nonsense.map((text) => filled(name, text))),
    ...['a%00b', '%zz', '__proto__', 'constructor'].map((text) => `${filled()}?${query(text)}`),
  ]
}

test('no value in an address fails a route', async () => {
  const routes = routesOf(testApp.app)
  expect(routes).toContainEqual({ method: 'POST', url: '/me/accounts/:chat/:accountId/unlink' })
  // Deleting the poll would end the test; and nothing here is ready, without jobs.
  const left = ['DELETE /api/polls/:id', 'GET /health/ready']
  const asked = routes.filter(({ method, url }) => !left.includes(`${method} ${url}`))
  await ann.get('/me')
  const headers = { 'csrf-token': ann.csrfToken, 'content-type': 'application/x-www-form-urlencoded' }
  const failed: string[] = []
  for (const route of asked) {
    const { method } = route
    const given = method === 'GET' ? {} : { headers, payload: '' }
    const ask = async (url: string) => {
      const cookies = Object.fromEntries(ann.cookies)
      const { statusCode, body } = await testApp.app.inject({ method, url, cookies, ...given })
      // A function of a prototype that was taken for a text, or an error that was.
      const isInside = /native code|Cannot read properties|is not a function/.test(body)
      if (statusCode >= 500 || isInside) failed.push(`${statusCode} ${method} ${url.slice(0, 200)}`)
    }
    await Promise.all(addressesOf(route).map(ask))
  }
  expect(failed).toEqual([])
})
