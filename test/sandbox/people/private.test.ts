import { parse } from 'node-html-parser'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { openStream } from '../../support/event-stream.ts'
import { type Box, basic, form, openSandbox, waiting } from '../box.ts'

type Message = { id: number; content: string }

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

/** The example of Flowdock's documentation. */
const howdy = { event: 'message', content: 'Howdy-Doo @Jackie #awesome' }

/** Maija writes to Ben, whose id is 2. */
const write = (content = howdy.content, from: 'maija' | 'chen' = 'maija') =>
  box.as(from)('POST', '/private/2/messages', { ...howdy, content })

const contents = async (nick: 'maija' | 'ben' | 'chen', path: string) =>
  (await box.as(nick)<Message[]>('GET', path)).body.map(({ content }) => content)

describe('private conversations', () => {
  test('are created closed when somebody looks', async () => {
    const { status, headers, body } = await box.as('maija')('GET', '/private/2')
    expect([status, headers.get('flowdock-user')]).toEqual([200, '1'])
    expect(body).toEqual({
      ...{ id: 2, url: `${box.url}/private/2`, name: '@Ben', open: false },
      activity: { inbox: false, mentions: 0, chat: false },
      users: [expect.objectContaining({ id: 1, nick: 'Maija' }), expect.objectContaining({ id: 2, nick: 'Ben' })],
    })
    expect(Object.keys((body.users as object[])[0] ?? {})).toEqual(
      expect.arrayContaining(['id', 'nick', 'email', 'avatar', 'name']),
    )
  })

  test('are listed for both users, and for nobody else', async () => {
    await write()
    const ids = async (nick: 'maija' | 'ben' | 'chen') =>
      (await box.as(nick)<{ id: number; name: string }[]>('GET', '/private')).body.map(({ id, name }) => [id, name])
    expect(await ids('maija')).toEqual([[2, '@Ben']])
    expect(await ids('ben')).toEqual([[1, '@Maija']])
    expect(await ids('chen')).toEqual([])
  })

  test('close for one user, and open again for both with a new message', async () => {
    await write()
    const close = { open: false }
    expect((await box.as('ben')('PUT', '/private/1', close)).body).toMatchObject({ id: 1, open: false })
    expect((await box.as('maija')('GET', '/private/2')).body).toMatchObject({ open: true })
    await write()
    expect((await box.as('ben')('GET', '/private/1')).body).toMatchObject({ open: true })
    expect((await box.as('ben')('PUT', '/private/1', 'open=false', form)).body).toMatchObject({ open: false })
  })

  test('show activity until the recipient lists the messages', async () => {
    await write()
    const activity = async (nick: 'maija' | 'ben', path: string) => (await box.as(nick)('GET', path)).body.activity
    expect(await activity('maija', '/private/2')).toMatchObject({ chat: false })
    expect(await activity('ben', '/private/1')).toMatchObject({ chat: true })
    await box.as('ben')('GET', '/private/1/messages')
    expect(await activity('ben', '/private/1')).toMatchObject({ chat: false })
  })

  test('are forgotten over the limit, the least recently used first', async () => {
    box = await openSandbox({ limits: { privateConversations: 1 } })
    await write('first')
    await box.as('chen')('POST', '/private/1/messages', howdy)
    expect(await contents('ben', '/private/1/messages')).toEqual([])
    expect(await contents('chen', '/private/1/messages')).toEqual([howdy.content])
  })

  test('without messages are deleted before those with messages', async () => {
    box = await openSandbox({ limits: { privateConversations: 1 } })
    await write()
    for (const id of [1, 2, 4]) expect((await box.as('chen')('GET', `/private/${id}`)).status).toBe(200)
    expect((await box.as('chen')('PUT', '/private/1', {})).body).toMatchObject({ id: 1, open: false })
    expect(await contents('ben', '/private/1/messages')).toEqual([howdy.content])
    expect((await box.as('chen')('GET', '/private')).body).toEqual([])
  })

  test('are created by a change', async () => {
    await box.as('chen')('PUT', '/private/1', { open: true })
    expect((await box.as('chen')('GET', '/private')).body).toMatchObject([{ id: 1, open: true }])
    expect((await box.as('maija')('GET', '/private')).body).toMatchObject([{ id: 3, open: false }])
  })
})

describe('private messages', () => {
  test('are answered with an empty object, or on request with the message', async () => {
    expect(await write()).toMatchObject({ status: 200, body: {} })
    const { status, body } = await box.as('maija')('POST', '/private/2/messages', { ...howdy, uuid: 'odHa' }, waiting)
    expect(status).toBe(200)
    expect(body).toEqual({
      ...{ id: 2, app: 'chat', event: 'message', uuid: 'odHa', tags: [], to: '2', user: '1' },
      ...{ content: howdy.content, attachments: [], sent: expect.any(Number), created_at: expect.any(String) },
    })
  })

  test('are listed by either user, in the order of their ids', async () => {
    await write('one')
    await box.as('ben')('POST', '/private/1/messages', { ...howdy, content: 'two' })
    await write('three')
    const all = ['one', 'two', 'three']
    expect(await contents('maija', '/private/2/messages')).toEqual(all)
    expect(await contents('ben', '/private/1/messages')).toEqual(all)
    expect(await contents('ben', '/private/1/messages?limit=2')).toEqual(['two', 'three'])
    expect(await contents('ben', '/private/1/messages?limit=2&sort=asc')).toEqual(['one', 'two'])
    expect(await contents('ben', '/private/1/messages?since_id=1&until_id=3')).toEqual(['two'])
    expect(await contents('ben', '/private/1/messages?search=THREE')).toEqual(['three'])
    expect(await contents('ben', '/private/1/messages?event=status')).toEqual([])
  })

  test('are shown one by one', async () => {
    await write()
    const { body } = await box.as('ben')('GET', '/private/1/messages/1')
    expect(body).toMatchObject({ id: 1, content: howdy.content, to: '2', user: '1' })
    expect((await box.as('ben')('GET', '/private/1/messages/2')).status).toBe(404)
    expect((await box.as('ben')('GET', '/private/1/messages/x')).status).toBe(404)
  })

  test('are in no flow, no tag, no search and no conversation of others', async () => {
    await write('secret #todo')
    for (const nick of ['maija', 'ben', 'chen'] as const) {
      for (const query of ['', '?search=secret', '?tags=todo', '?event=message']) {
        expect(await contents(nick, `/flows/acme/main/messages${query}`), query).toEqual([])
      }
    }
    for (const id of [1, 2]) {
      expect(await contents('chen', `/private/${id}/messages`)).toEqual([])
      expect((await box.as('chen')('GET', `/private/${id}/messages/1`)).status).toBe(404)
    }
  })

  test('are forgotten over the limit, the oldest first', async () => {
    box = await openSandbox({ limits: { privateMessages: 2 } })
    for (const content of ['one', 'two', 'three']) await write(content)
    expect(await contents('ben', '/private/1/messages')).toEqual(['two', 'three'])
  })

  test.each([
    [{ content: 'x' }, { event: ["can't be blank"] }],
    [{ event: 'message' }, { content: ["can't be blank"] }],
    [{ event: 'file', content: 'x' }, { event: ['is invalid'] }],
    [{ event: 'message', content: ['x'] }, { content: ['is invalid'] }],
    [{ event: 'message', content: 'x'.repeat(8_097) }, { content: [expect.stringContaining('too long')] }],
  ])('refuse %o', async (body, errors) => {
    const { status, body: answer } = await box.as('maija')('POST', '/private/2/messages', body)
    expect([status, answer.errors]).toEqual([400, errors])
  })
})

test.each(['0', '1', '99', '-2', '2.0', '1e0', 'x', '9'.repeat(400)])(
  'there is no conversation with %s',
  async (id) => {
    const call = box.as('maija')
    expect((await call('GET', `/private/${id}`)).status).toBe(404)
    expect((await call('PUT', `/private/${id}`, { open: true })).status).toBe(404)
    expect((await call('GET', `/private/${id}/messages`)).status).toBe(404)
    expect((await call('POST', `/private/${id}/messages`, howdy)).status).toBe(404)
  },
)

test('everything private needs the scope', async () => {
  const call = box.withScopes('flow', 'manage', 'profile', 'integration')
  const calls = [
    ['GET', '/private'],
    ['GET', '/private/2'],
    ['PUT', '/private/2', { open: true }],
    ['POST', '/private/2/messages', howdy],
    ['GET', '/private/2/messages'],
    ['GET', '/private/2/messages/1'],
    ['GET', '/flows?filter=acme/main&user=1'],
    ['GET', '/flows/acme/main?accept=text/event-stream&user=1'],
  ] as const
  for (const [method, path, body] of calls) expect((await call(method, path, body)).status, path).toBe(403)
  expect((await box.call('GET', '/private')).status).toBe(401)
  expect((await box.withScopes('private')('GET', '/private')).status).toBe(200)
})

describe('streams with user=1', () => {
  async function watch(path: string, nick = 'ben', headers: Record<string, string> = {}) {
    const authorization = basic(`${nick}-sandbox-api-token`)
    const stream = await openStream(`${box.url}${path}`, { authorization, ...headers })
    onTestFinished(() => stream.close())
    return stream
  }

  test('send the private messages to the user, and no others', async () => {
    const stream = await watch('/flows?filter=acme/main&user=1')
    await box.as('ben')('POST', '/private/1/messages', { ...howdy, content: 'from Ben himself' })
    await box.as('maija')('POST', '/private/3/messages', { ...howdy, content: 'to Chen' })
    await write('to Ben')
    await box.as('maija')('POST', '/flows/acme/main/messages', { ...howdy, content: 'to the flow' })
    await write('to Ben from Chen', 'chen')
    const { id, data } = await stream.next()
    expect(data).toMatchObject({ event: 'message', content: 'to Ben', to: '2', user: '1' })
    expect(data).not.toHaveProperty('flow')
    expect((await stream.next()).data).toMatchObject({ content: 'to the flow' })
    expect((await stream.next()).data).toMatchObject({ content: 'to Ben from Chen' })
    const resumed = await watch('/flows?user=1', 'ben', { 'last-event-id': id ?? '' })
    expect((await resumed.next()).data).toMatchObject({ content: 'to Ben from Chen' })
  })

  test('are also possible for a single flow', async () => {
    const stream = await watch('/flows/acme/main?user=1')
    await write('to Ben')
    expect((await stream.next()).data).toMatchObject({ content: 'to Ben' })
  })

  test('send nothing private without it', async () => {
    const stream = await watch('/flows?filter=acme/main&user=0')
    await write('to Ben')
    await box.as('maija')('POST', '/flows/acme/main/messages', { ...howdy, content: 'to the flow' })
    expect((await stream.next()).data).toMatchObject({ content: 'to the flow' })
  })

  test('stay open when the user alone writes more than is kept', async () => {
    box = await openSandbox({ limits: { privateMessages: 2 } })
    const stream = await watch('/flows?user=1')
    for (let count = 0; count < 5; count++) await box.as('ben')('POST', '/private/1/messages', howdy)
    await write('to Ben')
    expect((await stream.next()).data).toMatchObject({ content: 'to Ben' })
  })

  describe('when a conversation is deleted for the limit', () => {
    const toFlow = (content: string) =>
      box.as('maija')('POST', '/flows/acme/main/messages', { event: 'message', content })
    /** Chen's message to Maija makes room for one to Rosa. */
    const forgetOne = async () => {
      await box.as('chen')('POST', '/private/1/messages', howdy)
      await box.as('chen')('POST', '/private/4/messages', howdy)
    }

    beforeEach(async () => {
      box = await openSandbox({ limits: { privateConversations: 1 } })
    })

    test('stay open for others', async () => {
      const stream = await watch('/flows?filter=acme/main&user=1')
      await forgetOne()
      await toFlow('afterwards')
      expect((await stream.next()).data).toMatchObject({ content: 'afterwards' })
    })

    test('resume for others with all messages', async () => {
      const stream = await watch('/flows?filter=acme/main&user=1')
      await toFlow('read')
      const { id = '' } = await stream.next()
      stream.close()
      await toFlow('unread')
      await forgetOne()
      const resumed = await watch('/flows?filter=acme/main&user=1', 'ben', { 'last-event-id': id })
      expect((await resumed.next()).data).toMatchObject({ content: 'unread' })
    })

    test('know of the gap for its two users only', async () => {
      const { conversations, users, position } = box.world
      await forgetOne()
      const gaps = users.map((user) => [user.nick, conversations.forgottenUntil(user)])
      const deleted = position + 1
      expect(Object.fromEntries(gaps)).toEqual({ Maija: deleted, Ben: 0, Chen: deleted, Rosa: 0 })
    })
  })
})

describe('the page of a private conversation', () => {
  let browser: Browser
  const be = async (id: number) => {
    await browser.get('/app/acme/main')
    return browser.post('/app/person', { user: String(id), back: '/app/acme/main' })
  }
  const texts = async (path: string, selector: string) =>
    parse((await browser.get(path)).body)
      .querySelectorAll(selector)
      .map(({ innerHTML }) => innerHTML.trim())

  beforeEach(() => {
    browser = new Browser(box.app)
  })

  test('is reached from every page, and shows the messages to both users', async () => {
    const links = parse((await browser.get('/app/acme/main')).body).querySelectorAll('nav[aria-label^=Private] a')
    expect(links.map((link) => link.getAttribute('href'))).toEqual([2, 3, 4].map((id) => `/app/private/${id}`))
    await browser.get('/app/private/2')
    await browser.post('/app/private/2/chat', { content: 'For <b>your</b> eyes' })
    expect(await texts('/app/private/2', '.said')).toEqual(['For &lt;b&gt;your&lt;/b&gt; eyes'])
    await be(2)
    expect(await texts('/app/private/1', '.said')).toEqual(['For &lt;b&gt;your&lt;/b&gt; eyes'])
    expect((await box.as('ben')('GET', '/private/1')).body).toMatchObject({ activity: { chat: false } })
  })

  test('shows nothing to others', async () => {
    await write()
    await be(3)
    expect(await texts('/app/private/2', '.said')).toEqual([])
    expect(await texts('/app/private/1', '.said')).toEqual([])
  })

  test('exists only for other users', async () => {
    for (const id of ['1', '99', 'x']) expect((await browser.get(`/app/private/${id}`)).statusCode, id).toBe(404)
    await browser.get('/app/private/2')
    expect((await browser.post('/app/private/2/chat', { content: ' ' })).statusCode).toBe(422)
    expect((await browser.post('/app/private/2/chat', { content: 'x', _csrf: '' })).statusCode).toBe(403)
  })

  test('of somebody who left without any message does not exist, as in the API', async () => {
    await browser.get('/app/private/2')
    await box.as('maija')('DELETE', '/organizations/acme/users/2')
    const { statusCode, body } = await browser.post('/app/private/2/chat', { content: 'Still there?' })
    expect([statusCode, parse(body).querySelector('.panel p')?.text]).toEqual([
      404,
      'There is no such user to write to.',
    ])
    for (const path of ['', '/stream']) expect((await browser.get(`/app/private/2${path}`)).statusCode, path).toBe(404)
    expect(await contents('ben', '/private/1/messages')).toEqual([])
  })

  test('can be read after somebody left, but neither writes, as in the API', async () => {
    await write()
    await box.as('maija')('DELETE', '/organizations/acme/users/2')
    expect(await texts('/app/private/2', '.said')).toEqual([howdy.content])
    for (const [id, other] of [
      [1, 2],
      [2, 1],
    ] as const) {
      await be(id)
      const { statusCode, body } = await browser.post(`/app/private/${other}/chat`, { content: 'Still there?' })
      const said = parse(body).querySelector('.panel p')?.text
      expect([statusCode, said], `from ${id}`).toEqual([403, 'One of you has left the organization.'])
    }
    expect(await contents('ben', '/private/1/messages')).toEqual([howdy.content])
  })

  test('updates itself', async () => {
    const stream = await openStream(`${box.url}/app/private/2/stream`)
    onTestFinished(() => stream.close())
    await box.as('chen')('POST', '/private/2/messages', howdy)
    await write()
    expect((await stream.next()).event).toBe('changed')
    await expect(Promise.race([stream.next(), new Promise((done) => setTimeout(done, 200, 'quiet'))])).resolves.toBe(
      'quiet',
    )
  })
})
