import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { flowdockVariables } from '../support/flowdock-app.ts'
import { createPoll, page, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp({ env: flowdockVariables('http://127.0.0.1:9') }))
const ann = await visitor(testApp, 'Ann')
const poll = await createPoll(ann)

/** Paths that take POST on pages, as the routes name them: not those of the JSON API, and of the chat's own requests. */
function formPaths(): string[] {
  const segments: string[] = []
  const paths = testApp.app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', segment = '', methods = ''] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? []
      segments.splice(indent.length / 4, Number.POSITIVE_INFINITY, segment)
      return methods.split(', ').includes('POST') ? [segments.join('')] : []
    })
  return paths.filter((path) => !/^\/(api|flowdock\/actions)(\/|$)/.test(path))
}

/** The path with an existing value for each parameter. */
function addressOf(path: string): string {
  return path
    .replace(':slug', poll.id)
    .replace(':option', poll.options[0] ?? '')
    .replaceAll(/:\w+/g, 'none')
}

test('the address of every form leads to a page when opened from the address bar', async () => {
  const paths = formPaths()
  expect(paths).toContain('/polls/:slug/ballot')
  const lost: string[] = []
  for (const path of paths.sort()) {
    let { statusCode } = await ann.get(addressOf(path))
    while ([302, 303].includes(statusCode)) ({ statusCode } = await ann.follow())
    if (statusCode !== 200) lost.push(`${path}: ${statusCode}`)
  }
  // These paths lack their data in this test, or need a key, and have pages.
  expect(lost).toEqual([
    '/connections/new/:chat: 404',
    '/flowdock/setup/confirm: 403',
    '/me/accounts/:chat/:accountId/unlink: 404',
    '/polls/:slug/comments/:comment: 404',
  ])
})

test.each(['ballot', 'ballot/withdraw', 'receipt', 'options', 'close', 'delete', `proposals/none/approve`])(
  'the address /polls/…/%s leads to the poll',
  async (form) => {
    const { headers } = await ann.get(`/polls/${poll.id}/${form}`)
    expect(headers.location).toMatch(new RegExp(`^/polls/${poll.id}#`))
    await ann.follow()
    await ann.follow()
    expect(page(ann).querySelector('h1')?.text).toBe('Where to eat lunch?')
  },
)

test('the form address of a missing poll is a 404 page', async () => {
  await ann.get('/polls/%0d%0aSet-Cookie:x/ballot')
  expect((await ann.follow()).statusCode).toBe(404)
})
