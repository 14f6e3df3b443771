import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from './support/app.ts'
import { openActionsApp } from './support/flowdock-actions.ts'
import { visitor } from './support/pages.ts'

let testApp: TestApp

beforeAll(async () => {
  testApp = await openActionsApp()
  await testApp.app.ready()
})

afterAll(() => testApp.close())

/** Every route that changes something, as Fastify prints them: a tree, of which each line goes on from the one above it. */
function changingRoutes(): { method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string }[] {
  const above: string[] = []
  return testApp.app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, tree = '', part = '', methods = ''] = /^(.*?── )(\S*)(?: \((.*)\))?$/.exec(line) ?? []
      const depth = tree.length / 4
      above.splice(depth - 1, Number.POSITIVE_INFINITY, part)
      const url = above.join('').replace(/^\/\//, '/').replace(/:\w+/g, 'aaaaaaaaaaaaaaaa')
      const changes = methods.split(', ').filter((method) => /^(POST|PUT|PATCH|DELETE)$/.test(method))
      return changes.map((method) => ({ method: method as 'POST', url }))
    })
}

/** Those that go by a token of Flowdock’s and look at no cookie, and one that gives whoever asks a token and is nobody’s. */
const isOpen = ({ url }: { url: string }) => url.startsWith('/flowdock/actions/') || url === '/api/guests'

test('every route that changes something refuses a session without its CSRF token', async () => {
  const ann = await visitor(testApp, 'Ann')
  const routes = changingRoutes()
  for (const url of ['/polls', '/flowdock/setup/confirm', '/sign-out', '/api/polls'])
    expect(routes).toContainEqual({ method: 'POST', url })
  const cookies = Object.fromEntries(ann.cookies)
  const taken: typeof routes = []
  for (const route of routes) {
    const { statusCode } = await testApp.app.inject({ ...route, cookies })
    if (statusCode !== 403) taken.push(route)
  }
  expect(taken).toEqual(routes.filter(isOpen))
  expect(taken).toHaveLength(6)
})

test('a value that was signed for another cookie is no secret of forms', async () => {
  const visitor = testApp.browser()
  await visitor.get('/me')
  await visitor.post('/me/name', {})
  const newcomer = visitor.cookies.get('polldock_newcomer') ?? ''
  expect(newcomer).toMatch(/^[a-z2-9]{14}\./)
  const { headers } = await testApp.app.inject({ url: '/me', cookies: { polldock_csrf: newcomer } })
  expect([headers['set-cookie']].flat().join()).toMatch(/^polldock_csrf=/)
})
