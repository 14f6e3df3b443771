import { parse } from 'node-html-parser'
import { expect, test, vi } from 'vitest'
import { asset } from '../../src/server/assets.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { day } from '../support/clock.ts'
import { openStream } from '../support/event-stream.ts'
import { createPoll, page, textOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const poll = await createPoll(ann)

const forms = [
  'ballot',
  'ballot/withdraw',
  'options',
  'comments',
  'close',
  'reopen',
  'archive',
  'unarchive',
  'delete',
  'edit',
]

test.each([...forms.map((form) => `/polls/:id/${form}`), '/polls', '/me/name', '/me/tokens', '/me/tokens/x/revoke'])(
  'POST %s does nothing without the CSRF token',
  async (route) => {
    const before = await testApp.services.polls.view(poll.id)
    await ann.get(poll.path)
    const { statusCode } = await ann.post(route.replace(':id', poll.id), { _csrf: '', title: 'Forged', body: 'Forged' })
    expect(statusCode).toBe(403)
    expect(await testApp.services.polls.view(poll.id)).toEqual(before)
  },
)

test('a CSRF token is invalid in another browser', async () => {
  const bob = await visitor(testApp, 'Bob')
  await ann.get(poll.path)
  const { statusCode } = await bob.post(`${poll.path}/comments`, { body: 'Hello', _csrf: ann.csrfToken })
  expect(statusCode).toBe(403)
})

test('a form of more than 64 KiB is refused with a page', async () => {
  const { statusCode } = await ann.post(`${poll.path}/comments`, { body: 'x'.repeat(70_000) })
  expect(statusCode).toBe(413)
  expect(textOf(ann, 'h1')).toBe('The text is too long')
})

test('a body that is not a form is refused with a page', async () => {
  const { statusCode } = await ann.post(`${poll.path}/comments`, {}, { 'content-type': 'text/plain' })
  expect(statusCode).toBe(415)
})

test.each(['/polls/none', '/polls/aaaaaaaaaaaaaaaa', '/assets/x/app.css', '/assets/x/__proto__', '/nowhere'])(
  '%s is a 404 page',
  async (url) => {
    const { statusCode } = await ann.get(url)
    expect(statusCode).toBe(404)
    expect(textOf(ann, 'h1')).toBe('Page not found')
  },
)

test('an unexpected error is a 500 page without details', async () => {
  const broken = await openTestApp()
  broken.services.polls.list = () => Promise.reject(new Error('secret detail'))
  const { statusCode, body } = await broken.browser().get('/')
  expect(statusCode).toBe(500)
  expect(body).toContain('This is an error in Polldock')
  expect(body).not.toContain('secret detail')
  await broken.close()
})

test('too many votes in a minute are refused with a page that says when to try again', async () => {
  const limited = await openTestApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_VOTE: '3' } })
  const browser = await visitor(limited, 'Ann')
  const { path, options } = await createPoll(browser)
  const statuses: number[] = []
  for (let n = 0; n < 5; n++) {
    await browser.get(path)
    statuses.push((await browser.post(`${path}/ballot`, { choice: options[n % 2] ?? '' })).statusCode)
  }
  expect(statuses).toEqual([303, 303, 303, 429, 429])
  expect(Number(browser.page?.headers['retry-after'])).toBeGreaterThan(0)
  expect(textOf(browser, 'h1')).toBe('Too many requests')
  await limited.close()
})

test('searches are limited by address', async () => {
  const limited = await openTestApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_SEARCH: '2' } })
  const statuses: number[] = []
  for (const q of ['one', 'two', 'three']) statuses.push((await limited.browser().get(`/?q=${q}`)).statusCode)
  expect(statuses).toEqual([200, 200, 429])
  await limited.close()
})

test('the addresses of one IPv6 network count as one', async () => {
  const limited = await openTestApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_SEARCH: '2' } })
  const statuses: number[] = []
  for (const host of ['::1', '::2', '::3']) {
    const remoteAddress = `2001:db8:1:1${host}`
    statuses.push((await limited.app.inject({ url: '/?q=one', remoteAddress })).statusCode)
  }
  expect(statuses).toEqual([200, 200, 429])
  await limited.close()
})

test('an address has a limited number of open streams', async () => {
  const limited = await openTestApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_STREAMS: '2' } })
  const { id } = await createPoll(await visitor(limited, 'Ann'))
  const url = `${await limited.listen()}/polls/${id}/stream?since=1`
  const streams = [await openStream(url), await openStream(url)]
  await expect(openStream(url)).rejects.toThrow('429')
  for (const stream of streams) stream.close()
  await vi.waitFor(async () => (await openStream(url)).close())
  await limited.close()
})

test.each([
  ['of one IPv6 network', '2001:db8:1:1::1', '2001:db8:1:1:ffff::2'],
  ['in IPv4 and as IPv6', '192.0.2.1', '::ffff:192.0.2.1'],
])('streams count as of one address: %s', async (_what, one, other) => {
  const env = { RATE_LIMIT: 'on', RATE_LIMIT_STREAMS: '1', PROXIES: '1' }
  const limited = await openTestApp({ env })
  const { id } = await createPoll(await visitor(limited, 'Ann'))
  const url = `${await limited.listen()}/polls/${id}/stream?since=1`
  const stream = await openStream(url, { 'x-forwarded-for': one })
  await expect(openStream(url, { 'x-forwarded-for': other })).rejects.toThrow('429')
  stream.close()
  await limited.close()
})

test('an unavailable database is a 503 page that says when to try again', async () => {
  const broken = await openTestApp()
  const down = Object.assign(new Error('Can’t reach database server at 10.0.0.1'), { code: 'P1001' })
  broken.services.polls.list = () => Promise.reject(down)
  const { statusCode, headers, body } = await broken.browser().get('/')
  expect([statusCode, headers['retry-after']]).toEqual([503, '5'])
  expect(body).not.toContain('10.0.0.1')
  await broken.close()
})

test('options that take long to compare are refused before the comparison', async () => {
  const slow = `a${'\u0301'.repeat(5_000)}${'\u0323'.repeat(5_000)}`
  await ann.get('/polls/new')
  const { statusCode } = await ann.post('/polls', { title: 'Slow', options: ['b', slow] })
  expect(statusCode).toBe(422)
  expect(textOf(ann, '#option-error-1')).toContain('too long')
})

test('a cacheable asset contains no session', async () => {
  const aged = await openTestApp()
  const browser = await visitor(aged, 'Eve')
  aged.clock.advance(2 * day)
  const { headers } = await browser.get(asset('app.css'))
  expect(headers['set-cookie']).toBeUndefined()
  await aged.close()
})

test('new guests are limited by address', async () => {
  const limited = await openTestApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_IDENTITY: '2' } })
  const statuses: number[] = []
  for (const name of ['A', 'B', 'C']) {
    const browser = limited.browser()
    await browser.get('/me')
    statuses.push((await browser.post('/me/name', { displayName: name })).statusCode)
  }
  expect(statuses).toEqual([303, 303, 429])
  await limited.close()
})

test('assets are cached for a year at an address that changes with their content', async () => {
  await ann.get('/')
  const href = page(ann).querySelector('link[rel=stylesheet]')?.getAttribute('href') ?? ''
  const { statusCode, headers } = await ann.get(href)
  expect(statusCode).toBe(200)
  expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect((await ann.get(href.replace(/[^/]+(?=\/app\.css)/, 'older'))).statusCode).toBe(404)
})

test('a script imports only scripts that are served, from its version', async () => {
  await ann.get(poll.path)
  const loaded = new Set(
    page(ann)
      .querySelectorAll('script')
      .map((script) => script.getAttribute('src') ?? ''),
  )
  expect(loaded.size).toBeGreaterThan(5)
  for (const url of loaded) {
    const { statusCode, headers, body } = await ann.get(url)
    expect([url, statusCode, headers['content-type']]).toEqual([url, 200, 'text/javascript; charset=utf-8'])
    if (url.endsWith('/htmx.js')) continue
    const imports = [...body.matchAll(/^import (?:.* from )?'(.+)'$/gm)]
    for (const [, path = ''] of imports) loaded.add(new URL(path, `http://host${url}`).pathname)
  }
  expect(new Set([...loaded].map((url) => url.split('/')[2])).size).toBe(1)
})

test('a page loads nothing from another host', async () => {
  for (const url of ['/', '/polls/new', '/me', poll.path]) {
    await ann.get(url)
    const loaded = page(ann)
      .querySelectorAll('[src], link[href]:not([rel=canonical])')
      .map((element) => element.getAttribute('src') ?? element.getAttribute('href') ?? '')
    expect(loaded).toContainEqual(expect.stringMatching(/\/app\.css$/))
    expect(loaded.filter((address) => !/^\/(?!\/)/.test(address))).toEqual([])
    expect(page(ann).querySelectorAll('[style], style, script:not([src]), [onclick]')).toHaveLength(0)
  }
})

const naughty = [
  '\u0000',
  '\ud800',
  '%00',
  '__proto__',
  "'; DROP TABLE polls; --",
  '<%= 1 %>',
  '🏳️‍🌈'.repeat(20),
  '-1',
  '1e99',
  '99999999999',
]

test.each(naughty)('%j in any field causes no server error', async (text) => {
  const encoded = encodeURIComponent(text.toWellFormed())
  const urls = [
    `/polls/${encoded}`,
    `/?q=${encoded}`,
    `/?category=${encoded}`,
    `/?status=${encoded}&status=x`,
    `/?cursor=${encoded}`,
    `/me?cursor=${encoded}`,
  ]
  urls.push(`${poll.path}/activity?before=${encoded}`, `${poll.path}/comments?before=${encoded}`)
  for (const url of urls) expect((await ann.get(url)).statusCode, url).toBeLessThan(500)
  for (const form of forms.filter((name) => name !== 'delete')) {
    await ann.get(poll.path)
    const typed = { title: text, description: text, category: text, options: [text, text] }
    const fields = { ...typed, body: text, choice: text, back: text }
    expect((await ann.post(`/polls/${poll.id}/${form}`, fields)).statusCode, form).toBeLessThan(500)
  }
})

test('a page is sent in ASCII for any text', async () => {
  const title = '投票 🍕 “quoted” – عربى'
  const { path } = await createPoll(ann, { title })
  const pages = [await ann.get(path), await ann.get('/')]
  for (const { body } of pages) {
    expect(body).not.toMatch(/[\u{80}-\u{10FFFF}]/u)
    expect(parse(body).querySelector('main')?.text).toContain(title)
  }
})
