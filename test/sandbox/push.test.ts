import { parse } from 'node-html-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { openStream } from '../support/event-stream.ts'
import { type Box, basic, form, openSandbox, ticket, waiting } from './box.ts'

let box: Box
const token = 'main-sandbox-flow-token'

beforeEach(async () => {
  box = await openSandbox()
})

const stored = () => box.world.flows[0]?.messages.list() ?? []
/** The documentation's examples, with a user of the sandbox. */
const line = { content: 'Howdy-Doo @Ben #awesome', external_user_name: 'Stevie', tags: ['todo', '#feedback', '@all'] }
const digest = {
  source: 'News digest service',
  from_address: 'news@example.com',
  subject: 'Daily digest',
  content: 'Interesting news of today',
  tags: ['news', '#digest', '@all'],
}
const chat = (body: object, at = token) => box.call('POST', `/v1/messages/chat/${at}`, body)
const mail = (body: object, at = token) => box.call('POST', `/v1/messages/team_inbox/${at}`, body)

describe('a pushed chat line', () => {
  test('is a line of somebody outside the flow', async () => {
    expect(await chat(line)).toMatchObject({ status: 200, body: {} })
    const { body } = await box.as('ben')<object[]>('GET', '/flows/acme/main/messages')
    const tags = ['todo', 'feedback', ':user:everyone', ':user:2', 'awesome', ':unread:1', ':unread:2', ':unread:3']
    expect(body).toMatchObject([
      { event: 'message', app: 'chat', user: '0', content: line.content, external_user_name: 'Stevie' },
    ])
    expect(stored()[0]?.tags).toEqual([...tags, ':unread:4'])
  })

  test('may be a form, as of Jenkins, with empty fields and status 200', async () => {
    const fields = new URLSearchParams({ content: 'Build 1 failed', external_user_name: 'Jenkins', tags: '' })
    const { status } = await box.call('POST', `/v1/messages/chat/${token}`, fields.toString(), form)
    expect([status, stored()]).toMatchObject([
      200,
      [{ content: 'Build 1 failed', externalUserName: 'Jenkins', tags: [] }],
    ])
  })

  test('comments on the message with `message_id`, which is no comment itself', async () => {
    await chat(line)
    await chat({ content: 'Hey', external_user_name: 'Doc', message_id: 1 })
    expect(stored()[1]).toMatchObject({
      ...{ event: 'comment', parent: 1, content: { title: line.content, text: 'Hey' }, externalUserName: 'Doc' },
    })
    for (const id of ['2', '99', 'x']) {
      const { status, body } = await chat({ ...line, message_id: id })
      expect([status, body.errors]).toEqual([400, { message_id: ['is invalid'] }])
    }
  })

  test('goes into the thread with `thread_id`, as of the official Ruby gem 0.7.1', async () => {
    const { body } = await box.call<{ thread_id: string }>(
      ...(['POST', '/messages', { ...ticket, flow_token: box.connect().flowToken }, waiting] as const),
    )
    expect((await chat({ ...line, thread_id: body.thread_id })).status).toBe(200)
    expect(stored()[1]).toMatchObject({ event: 'message', threadId: body.thread_id })
    expect((await chat({ ...line, thread_id: 'none' })).body.errors).toEqual({
      thread_id: ['is no thread of this flow'],
    })
  })

  test('is refused as documented', async () => {
    expect(await chat({ external_user_name: 'foobar', content: '' })).toMatchObject({
      status: 400,
      body: { message: 'Validation error', errors: { content: ["can't be blank"] } },
    })
    const { body } = await chat({ content: 'x'.repeat(8_097) })
    expect(body.errors).toEqual({
      content: ['is too long (maximum is 8096 characters)'],
      external_user_name: ["can't be blank"],
    })
  })

  test('streams', async () => {
    const stream = await openStream(`${box.url}/flows/acme/main`, { authorization: basic('ben-sandbox-api-token') })
    await chat(line)
    expect((await stream.next()).data).toMatchObject({ content: line.content, external_user_name: 'Stevie' })
    stream.close()
  })
})

describe('a pushed mail', () => {
  const full = {
    ...digest,
    ...{ from_name: 'News', reply_to: 'editor@example.com', project: 'My Project', format: 'html' },
    ...{ link: 'http://www.flowdock.com/', content: '<h2>News</h2><script>x</script>', tags: '#digest,@Ben' },
  }

  test('is in the inbox, tagged with its source', async () => {
    expect(await mail(digest)).toMatchObject({ status: 200, body: {} })
    const { body } = await box.as('ben')<object[]>('GET', '/flows/acme/main/messages?event=mail')
    expect(body).toMatchObject([
      {
        ...{ event: 'mail', app: 'influx', user: '0' },
        content: {
          subject: 'Daily digest',
          content: 'Interesting news of today',
          from: [{ name: null, address: 'news@example.com' }],
          source: 'News digest service',
        },
      },
    ])
    expect(stored()[0]?.tags).toEqual(expect.arrayContaining(['news', 'digest', ':source:news-digest-service']))
  })

  test('has every documented field, and only safe HTML', async () => {
    await mail(full)
    const { body } = await box.as('ben')('GET', '/flows/acme/main/messages/1')
    expect(body).toMatchObject({
      tags: ['digest', ':user:2', ':unread:2', ':source:news-digest-service'],
      content: {
        ...{ from: [{ name: 'News', address: 'news@example.com' }], project: 'My Project' },
        ...{ replyTo: [{ name: null, address: 'editor@example.com' }], link: 'http://www.flowdock.com/' },
        content: '<h2>News</h2>',
      },
    })
  })

  test('may come in the query, as of go-flowdock', async () => {
    const { tags, ...fields } = digest
    const query = new URLSearchParams({ ...fields, tags: tags.join(',') })
    expect((await box.call('POST', `/v1/messages/team_inbox/${token}?${query}`)).status).toBe(200)
    expect(stored()).toMatchObject([{ content: { subject: 'Daily digest' } }])
  })

  test('may be a form with empty fields, as of Jenkins', async () => {
    const { tags, ...fields } = digest
    const body = new URLSearchParams({ ...fields, from_name: '', project: '', link: '', tags: '' })
    expect((await box.call('POST', `/v1/messages/team_inbox/${token}`, body.toString(), form)).status).toBe(200)
    expect(stored()).toMatchObject([{ content: { from: { name: null }, project: null, link: null } }])
  })

  test('names every invalid field', async () => {
    const { status, body } = await mail({
      ...{ source: 'a/b', from_address: 'news', subject: ' ', project: '!', format: 'text', link: 'javascript:x' },
      reply_to: 'x',
    })
    const name = 'can only contain alphanumeric characters, underscores, hyphens and whitespace'
    expect([status, body.errors]).toEqual([
      400,
      {
        ...{ source: [name], from_address: ['is invalid'], subject: ["can't be blank"], content: ["can't be blank"] },
        ...{ project: [name], format: ['is not included in the list'], link: ['is invalid'], reply_to: ['is invalid'] },
      },
    ])
  })

  test('can be commented on, found and deleted', async () => {
    await mail(full)
    await box.as('ben')('POST', '/flows/acme/main/messages/1/comments', { content: 'Read it' })
    expect(stored()[1]).toMatchObject({ event: 'comment', content: { title: 'Daily digest', text: 'Read it' } })
    const { body } = await box.as('ben')<object[]>('GET', '/flows/acme/main/messages?search=digest+news')
    expect(body).toMatchObject([{ id: 1 }])
    expect((await box.as('ben')('DELETE', '/flows/acme/main/messages/1')).status).toBe(204)
    expect((await box.as('ben')('GET', '/flows/acme/main/messages/1')).status).toBe(404)
  })
})

describe('the token of a push', () => {
  test('may be that of a source', async () => {
    const source = box.connect()
    expect((await chat(line, source.flowToken)).status).toBe(200)
    await box.as('maija')('DELETE', `/flows/acme/main/sources/${source.id}`)
    expect((await chat(line, source.flowToken)).status).toBe(410)
    expect((await mail(digest, 'unknown')).status).toBe(401)
  })

  test('may be several, each for a flow', async () => {
    expect((await chat(line, `${token},lunch-club-sandbox-flow-token`)).status).toBe(200)
    expect(box.world.flows.map(({ messages }) => messages.list().length)).toEqual([1, 1])
    expect((await chat(line, `${token},unknown`)).status).toBe(401)
    expect(stored()).toHaveLength(1)
    const others = Array.from({ length: 20 }, () => box.connect().flowToken)
    expect((await chat(line, others.join(','))).status).toBe(200)
  })
})

test('every answer of the push API says that it is deprecated', async () => {
  for (const { headers } of [await chat(line), await mail({}), await chat(line, 'unknown')]) {
    expect(headers.get('deprecation')).toBe('@1423612800')
    expect(headers.get('link')).toContain('rel="deprecation"')
    expect(headers.get('link')).toContain('</messages>; rel="successor-version"')
  }
  expect((await box.as('ben')('GET', '/user')).headers.get('deprecation')).toBeNull()
})

describe('on the pages', () => {
  const flow = '/app/acme/main'
  let browser: Browser
  beforeEach(() => {
    browser = new Browser(box.app)
  })
  const page = async (path: string) => parse((await browser.get(path)).body)
  const text = (node: { text: string } | null | undefined) => node?.text.replace(/\s+/g, ' ').trim()

  test('a line is in the chat under the name of its author', async () => {
    await chat(line)
    const entry = (await page(flow)).querySelector('#entries .entry')
    expect([text(entry?.querySelector('.byline strong')), text(entry?.querySelector('.said'))]).toEqual([
      'Stevie',
      line.content,
    ])
  })

  test('a mail is an item of the inbox, among the threads by time, and opens with its comments', async () => {
    await mail({ ...digest, from_name: 'News <b>', link: 'http://www.flowdock.com/', content: '<h2>Today</h2>' })
    await box.call('POST', '/messages', { ...ticket, flow_token: box.connect().flowToken })
    const items = (await page(flow)).querySelectorAll('.inbox-item')
    expect(items.map((item) => text(item.querySelector('.inbox-title')))).toEqual([
      'open Polish the flux capacitor',
      'Daily digest',
    ])
    expect(text(items[1]?.querySelector('.inbox-latest'))).toBe('News <b>: Today')
    const path = items[1]?.querySelector('.inbox-title a')?.getAttribute('href') ?? ''
    await browser.get(path)
    await browser.post(`${path}/chat`, { content: 'Read it' })
    const shown = await page(path)
    expect(shown.querySelector('h1 a')?.getAttribute('href')).toBe('http://www.flowdock.com/')
    expect(shown.querySelectorAll('.fields td').map(text)).toEqual(['News <b> <news@example.com>', 'news, digest'])
    expect(shown.querySelector('.posted')?.innerHTML).toBe('<h2>Today</h2>')
    expect(shown.querySelectorAll('#entries .said').map(text)).toEqual(['Read it'])
    expect((await page(flow)).querySelectorAll('.inbox-title').map(text)).toEqual([
      'Daily digest',
      'open Polish the flux capacitor',
    ])
    expect((await browser.get(`${flow}/mails/2`)).statusCode).toBe(404)
  })

  test('the settings show the token', async () => {
    expect(text((await page(`${flow}/settings`)).querySelector('#flow-token'))).toBe(token)
  })
})
