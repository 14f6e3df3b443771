import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'node-html-parser'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Source } from '../../src/sandbox/state/types.ts'
import { Browser } from '../support/browser.ts'
import { openStream } from '../support/event-stream.ts'
import { application, type Box, openSandbox, ticket } from './box.ts'

const flow = '/app/acme/main'

let box: Box
let browser: Browser
let source: Source

beforeEach(async () => {
  box = await openSandbox()
  browser = new Browser(box.app)
  source = box.connect()
})

/** Posts like the source. */
const post = (entry: Record<string, unknown> = {}, thread: Record<string, unknown> = {}) =>
  box.call('POST', '/messages', {
    ...ticket,
    flow_token: source.flowToken,
    ...entry,
    thread: { ...ticket.thread, ...thread },
  })

const page = async (path: string) => parse((await browser.get(path)).body)
const texts = async (path: string, selector: string) =>
  (await page(path)).querySelectorAll(selector).map(({ text }) => text.replace(/\s+/g, ' ').trim())
const threadPath = () => `${flow}/threads/${box.world.flows[0]?.threads.list()[0]?.id}`
const be = async (name: string) => {
  const user = box.world.users.find(({ nick }) => nick === name)
  await browser.get(flow)
  return browser.post('/app/person', { user: String(user?.id), back: flow })
}

describe('a flow', () => {
  test('is the first page', async () => {
    expect((await browser.get('/')).headers.location).toBe(flow)
  })

  test('lists the flows, and says that data is in memory', async () => {
    expect(await texts(flow, '#flows li')).toEqual(['M Main', 'L Lunch Club'])
    expect((await texts(flow, '.sandbox-note')).join()).toContain('state is lost when it stops')
  })

  test('shows the threads of its inbox, the latest first, with their latest messages and counts', async () => {
    await post()
    await post({ event: 'discussion', title: 'commented', body: 'Me too', author: { name: 'Doc' } })
    await post(
      { external_thread_id: '2' },
      { title: 'Charge &amp; <a href="https://x.example">plug</a>', status: null },
    )
    const [latest = '', first = ''] = await texts(flow, '.inbox-item')
    expect(latest).toMatch(/^Charge & plug Marty updated ticket \d\d:\d\d · 1 activity$/)
    expect(first).toMatch(/^open Polish the flux capacitor Doc commented \d\d:\d\d · 1 activity · 1 comment$/)
    expect((await page(flow)).querySelector('.status-green')?.text).toBe('open')
  })

  test('shows errors of a source with its inbox', async () => {
    await box.call('PUT', '/sources', { flow_token: source.flowToken, error_message: 'Out of <plutonium>' })
    expect(await texts(flow, '#inbox-problems .notice')).toEqual(['Tickets reports a problem: Out of <plutonium>'])
  })

  test('shows its chat, and the thread of each line', async () => {
    await post()
    await box.as('ben')('POST', '/flows/acme/main/messages', { event: 'message', content: 'Hi <b>' })
    await browser.get(threadPath())
    await browser.post(`${threadPath()}/chat`, { content: 'See www.example.com' })
    const [hi, see] = (await page(flow)).querySelectorAll('#entries .entry')
    expect(hi?.querySelector('.said')?.innerHTML).toBe('Hi &lt;b&gt;')
    expect(see?.querySelector('.in-thread a')?.getAttribute('href')).toBe(threadPath())
    expect(see?.querySelector('.said a')?.getAttribute('href')).toBe('https://www.example.com')
  })

  test('shows the newest lines only, up to a number and a length', async () => {
    const say = (content: string) => box.as('ben')('POST', '/flows/acme/main/messages', { event: 'message', content })
    for (let turn = 1; turn <= 201; turn++) await say(`No. ${turn}`)
    expect((await texts(flow, '#entries .said')).at(0)).toBe('No. 2')
    for (let turn = 1; turn <= 30; turn++) await say(`${turn} ${'x'.repeat(8_000)}`)
    const shown = (await texts(flow, '#entries .said')).map((text) => text.split(' ')[0])
    expect([shown.length, shown.at(-1)]).toEqual([24, '30'])
  })

  test('posts a chat line of the current user', async () => {
    await be('Chen')
    const answer = await browser.post(`${flow}/chat`, { content: ' Hello ' })
    expect([answer.statusCode, answer.headers.location]).toEqual([303, flow])
    expect(await texts(flow, '#entries .entry .byline strong')).toEqual(['Chen'])
    expect(await texts(flow, '#entries .said')).toEqual(['Hello'])
  })

  test.each([
    ['', 422],
    ['x'.repeat(8_001), 422],
  ])('refuses an empty or too long line', async (content, status) => {
    await browser.get(flow)
    expect((await browser.post(`${flow}/chat`, { content })).statusCode).toBe(status)
  })

  test('is hidden from other people', async () => {
    await be('Rosa')
    expect(await texts(flow, '#flows li')).toEqual(['M Main'])
    const answer = await browser.get('/app/acme/lunch-club')
    expect(answer.statusCode).toBe(403)
    expect(answer.body).toContain('Rosa Lindqvist is not in the flow Lunch Club')
  })

  test.each([
    '/app/acme/nowhere',
    '/app/other/main',
    '/app/acme/main/threads/none',
    '/app/acme/nowhere/stream',
    '/app/x',
  ])('is not found: %s', async (path) => expect((await browser.get(path)).statusCode).toBe(404))
})

describe('an opened thread', () => {
  test('shows its state', async () => {
    await post({}, { fields: [{ label: 'Owner', value: '<a href="https://x.example/doc">Doc</a>' }] })
    const shown = await page(threadPath())
    const title = shown.querySelector('h1 a')
    expect([title?.text, title?.getAttribute('href')]).toEqual([ticket.thread.title, ticket.thread.external_url])
    expect(shown.querySelector('.thread-head .status-green')?.text).toBe('open')
    expect(shown.querySelector('.fields th')?.text).toBe('Owner')
    expect(shown.querySelector('.fields td a')?.getAttribute('href')).toBe('https://x.example/doc')
    expect(shown.querySelector('#thread-details .posted')?.text).toContain('in storage for more than 30 years')
    expect(shown.querySelector('.inbox a[aria-current]')?.text).toBe(ticket.thread.title)
  })

  test('shows activities and comments in order', async () => {
    await post()
    await browser.get(threadPath())
    await browser.post(`${threadPath()}/chat`, { content: 'Where is it?' })
    await post({ event: 'discussion', title: 'commented', body: '<p>In <b>storage</b></p><script>x</script>' })
    const entries = (await page(threadPath())).querySelectorAll('.entry')
    expect(entries.map((entry) => entry.classNames.replace('entry ', ''))).toEqual(['activity', 'line', 'discussion'])
    expect(entries[2]?.querySelector('.posted')?.innerHTML).toBe('<p>In <b>storage</b></p>')
  })

  test('shows its own pictures, and initials for pictures on other hosts', async () => {
    await post()
    await post({ author: { name: 'Ben', email: 'ben@acme.example' } })
    const entries = (await page(threadPath())).querySelectorAll('.entry')
    expect(entries[0]?.querySelector('span.avatar')?.text).toBe('M')
    expect(entries[1]?.querySelector('img.avatar')?.getAttribute('src')).toBe('/avatars/2')
  })
})

describe('a thread’s actions', () => {
  const update = (urlTemplate: string) => ({
    '@type': 'UpdateAction',
    name: 'Assign to me',
    target: { '@type': 'EntryPoint', urlTemplate, httpMethod: 'POST' },
  })

  /** An application on its own port, and the requests that it gets. */
  async function desk(status: number, headers: Record<string, string>, body: string) {
    const requests: string[] = []
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers['flowdock-token'] ? 'signed' : ''}`)
      response.writeHead(status, headers).end(body)
    })
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  const offer = async () => (await page(threadPath())).querySelector('button[name=offer]')?.getAttribute('value') ?? ''
  const pick = async (value: string) => {
    await browser.post(`${threadPath()}/actions`, { offer: value })
    const shown = parse((await browser.follow()).body).querySelector('#outcome .notice')
    return [shown?.classNames, shown?.text.replace(/\s+/g, ' ').trim(), shown?.querySelector('a')?.getAttribute('href')]
  }

  test('that only open a page are links', async () => {
    await post({}, { actions: [{ '@type': 'ViewAction', name: 'Diff', url: 'https://x.example/diff' }] })
    expect((await page(threadPath())).querySelector('#actions a')?.getAttribute('href')).toBe('https://x.example/diff')
  })

  test('are sent signed, and show their success', async () => {
    const { url, requests } = await desk(200, { 'content-type': 'text/plain' }, 'It is yours')
    await post({}, { actions: [update(`${url}/42?assignee=me`)] })
    expect(await pick(await offer())).toEqual(['notice done', 'Assign to me: It is yours', undefined])
    expect(requests).toEqual(['POST /42?assignee=me signed'])
  })

  test('show the error', async () => {
    const { url } = await desk(409, { 'content-type': 'application/json' }, '{"error":"It is <gone>"}')
    await post({}, { actions: [update(url)] })
    const text = 'Assign to me failed. The application answered 409: It is <gone>'
    expect(await pick(await offer())).toEqual(['notice failed', text, undefined])
  })

  test('show the link to sign in', async () => {
    const { url } = await desk(401, { 'www-authenticate': 'Flowdock-Token url=https://tickets.example/claim?c=1' }, '')
    await post({}, { actions: [update(url)] })
    const [kind, , link] = await pick(await offer())
    expect([kind, link]).toEqual(['notice sign-in', 'https://tickets.example/claim?c=1'])
  })

  test('perform the action that the page showed', async () => {
    const { url, requests } = await desk(200, {}, '')
    await post({}, { actions: [update(`${url}/old`)] })
    const old = await offer()
    await post({}, { actions: [update(`${url}/new`)] })
    await pick(old)
    expect(requests).toEqual(['POST /old signed'])
  })

  test('cannot be forged', async () => {
    const { url, requests } = await desk(200, {}, '')
    await post({}, { actions: [update(url)] })
    await browser.get(threadPath())
    const made = `${threadPath().split('/').at(-1)} ${JSON.stringify(update(`${url}/x`))}.${'x'.repeat(43)}`
    expect((await browser.post(`${threadPath()}/actions`, { offer: made })).statusCode).toBe(422)
    expect(requests).toEqual([])
  })
})

describe('inbox settings', () => {
  const settings = `${flow}/settings`

  test('list the sources, with their errors and configuration addresses', async () => {
    await box.call('PUT', '/sources', { flow_token: source.flowToken, error_message: 'Out of plutonium' })
    const [card] = (await page(settings)).querySelectorAll('#sources .card')
    expect(card?.text).toContain('Out of plutonium')
    expect(card?.querySelector('a.button')?.getAttribute('href')).toBe(
      `https://tickets.example/configure?source=${source.id}`,
    )
  })

  test('lead to the configuration address of the source', async () => {
    await box.call('PUT', '/sources', { flow_token: source.flowToken, configuration_url: 'https://x.example/own' })
    expect((await page(settings)).querySelector('#sources a.button')?.getAttribute('href')).toBe(
      'https://x.example/own',
    )
  })

  test('offer to set up each application, with the flow preselected', async () => {
    const setupUri = 'https://tickets.example/setup?flow={flow_id}&flow_url={flow_url}'
    const own = await openSandbox({ applications: [{ ...application, setupUri }] })
    const shown = parse((await new Browser(own.app).get(settings)).body)
    const url = new URL(shown.querySelector('a.primary')?.getAttribute('href')?.replaceAll('&amp;', '&') ?? '')
    expect(url.searchParams.get('flow')).toBe(own.world.flows[0]?.id)
    expect(url.searchParams.get('flow_url')).toBe(`${own.url}/flows/acme/main`)
  })

  test('remove a source and its token', async () => {
    await browser.get(settings)
    expect((await browser.post(`${flow}/sources/${source.id}/remove`)).statusCode).toBe(303)
    expect((await page(settings)).querySelectorAll('#sources .card')).toEqual([])
    expect((await post()).status).toBe(410)
    expect((await browser.post(`${flow}/sources/${source.id}/remove`)).statusCode).toBe(404)
  })
})

describe('the faults form', () => {
  test('sets a fault, and deletes it', async () => {
    await browser.get('/app/faults')
    const typed = {
      kind: 'status',
      status: '429',
      retryAfter: '7',
      ms: '2000',
      times: '2',
      share: '50',
      path: '/messages',
      method: 'POST',
    }
    await browser.post('/app/faults', typed)
    const fault = {
      kind: 'status',
      status: 429,
      retryAfter: 7,
      times: 2,
      share: 0.5,
      path: '/messages',
      method: 'POST',
    }
    expect(box.faults.list()).toEqual([fault])
    const [shown] = await texts('/app/faults', '.plain-list li')
    expect(shown).toBe('POST /messages: is answered 429 with Retry-After 7, 2 times, for 50% of the requests')
    await browser.post('/app/faults/clear')
    expect(box.faults.list()).toEqual([])
  })

  test('reports errors, and keeps what was typed', async () => {
    await browser.get('/app/faults')
    const answer = await browser.post('/app/faults', { kind: 'status', status: '200', path: 'messages' })
    expect(answer.statusCode).toBe(422)
    const shown = parse(answer.body)
    expect(shown.querySelector('[role=alert]')?.text).toMatch(/Status: .*Path begins with: must begin with \//s)
    expect(shown.querySelector('#path')?.getAttribute('value')).toBe('messages')
  })
})

describe('pages', () => {
  test('get events of their flow', async () => {
    const stream = await openStream(`${box.url}${flow}/stream`)
    await post()
    expect((await stream.next()).event).toBe('changed')
    stream.close()
  })

  test('get no events of other flows', async () => {
    const stream = await openStream(`${box.url}/app/acme/lunch-club/stream`)
    const next = stream.next()
    await post()
    expect(await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 150, 'quiet'))])).toBe('quiet')
    await box.as('ben')('POST', '/flows/acme/lunch-club/messages', { event: 'message', content: 'Soup' })
    expect((await next).event).toBe('changed')
    stream.close()
  })

  test('do not delay the end of the sandbox', async () => {
    const stream = await openStream(`${box.url}${flow}/stream`)
    await box.app.close()
    await expect(stream.next()).rejects.toThrow('terminated')
  })

  test('contain no inline script or style, and load nothing from other hosts', async () => {
    await post({ body: '<img src="https://x.example/a.png" onerror="x()">' })
    for (const path of [flow, threadPath(), `${flow}/settings`, '/app/faults']) {
      const answer = await browser.get(path)
      expect(answer.headers['content-security-policy']).toContain(
        "default-src 'none';script-src 'self';style-src 'self'",
      )
      expect(answer.body).not.toMatch(/<script(?! src="\/app\/assets)|<style|\sstyle=|\son\w+=/)
    }
  })

  test('load assets that are cached permanently', async () => {
    const links = [...(await browser.get(flow)).body.matchAll(/(?:src|href)="(\/app\/assets\/[^"]+)"/g)].map(
      ([, url]) => url,
    )
    expect(links).toHaveLength(4)
    for (const url of links) expect((await fetch(box.url + url)).headers.get('cache-control')).toContain('immutable')
    expect((await fetch(`${box.url}/app/assets/old/app.css`)).status).toBe(404)
  })

  test('begin their style sheet with the tokens, the reset and the controls of Polldock', async () => {
    const url = (await page(flow)).querySelector('link[rel=stylesheet]')?.getAttribute('href')
    const sheet = await (await fetch(`${box.url}${url}`)).text()
    const files = ['tokens', 'base', 'controls'].map(
      (name) => new URL(`../../public/styles/${name}.css`, import.meta.url),
    )
    expect(sheet.startsWith(files.map((file) => readFileSync(file, 'utf8')).join('\n'))).toBe(true)
  })

  test('refuse forms without a token', async () => {
    await browser.get(flow)
    const answer = await browser.post(`${flow}/chat`, { content: 'x', _csrf: 'made up' })
    expect(answer.statusCode).toBe(403)
    expect(await texts(flow, '.entry')).toEqual([])
  })

  test('return to the page where the user was switched, and nowhere else', async () => {
    await browser.get(flow)
    expect((await browser.post('/app/person', { user: '2', back: '/app/faults' })).headers.location).toBe('/app/faults')
    for (const back of ['https://evil.example/', '//evil.example', '/app\\evil', '/flows']) {
      expect((await browser.post('/app/person', { user: '2', back })).headers.location).toBe('/')
    }
    expect((await browser.post('/app/person', { user: '99', back: flow })).statusCode).toBe(422)
  })
})
