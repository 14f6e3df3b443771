import { expect, test } from 'vitest'
import { closedAtEnd } from './support/at-end.ts'
import { openActionsApp } from './support/flowdock-actions.ts'
import { visitor } from './support/pages.ts'
import { type Route, routesOf } from './support/routes.ts'

const testApp = await closedAtEnd(openActionsApp())
await testApp.app.ready()

/** Every route that changes data. */
function changingRoutes(): Route[] {
  return routesOf(testApp.app)
    .filter(({ method }) => method !== 'GET')
    .map(({ method, url }) => ({ method, url: url.replace(/:\w+/g, 'aaaaaaaaaaaaaaaa') }))
}

/** Routes that use Flowdock’s token and no cookie, and the public route that creates a guest. */
const isOpen = ({ url }: Route) => url.startsWith('/flowdock/actions/') || url === '/api/guests'

test('every route that changes data refuses a session without its CSRF token', async () => {
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

test('a value signed for another cookie is not a CSRF secret', async () => {
  const visitor = testApp.browser()
  await visitor.get('/me')
  await visitor.post('/me/name', {})
  const newcomer = visitor.cookies.get('polldock_newcomer') ?? ''
  expect(newcomer).toMatch(/^[a-z2-9]{14}\./)
  const { headers } = await testApp.app.inject({ url: '/me', cookies: { polldock_csrf: newcomer } })
  expect(headers['set-cookie']).toContainEqual(expect.stringMatching(/^polldock_csrf=/))
})
