import { parse } from 'node-html-parser'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { openStream } from '../../support/event-stream.ts'
import { type Box, basic, form, openSandbox, ticket } from '../box.ts'

type FlowJson = {
  id: string
  name: string
  parameterized_name: string
  joined: boolean
  open: boolean
  users: UserJson[]
}
type UserJson = { id: number; disabled: boolean; in_flow: boolean }
type Nick = 'maija' | 'ben' | 'chen' | 'rosa'

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

/** Ben, who is no administrator, creates the flow of the documentation's example. */
const create = (name: unknown = 'My flow', nick: Nick = 'ben') =>
  box.as(nick)<FlowJson>('POST', '/flows/acme', { name })
const put = (nick: Nick, edit: unknown, flow = 'main') => box.as(nick)<FlowJson>('PUT', `/flows/acme/${flow}`, edit)
const names = async (nick: Nick, path = '/flows') =>
  (await box.as(nick)<FlowJson[]>('GET', path)).body.map(({ parameterized_name: name }) => name)
const actions = async (flow: string, nick: Nick = 'maija') =>
  (
    await box.as(nick)<{ content: object; user: string }[]>('GET', `/flows/acme/${flow}/messages?event=action`)
  ).body.map(({ content, user }) => [user, content])

describe('a new flow', () => {
  test('has its creator as the only user', async () => {
    const { status, headers, body } = await create()
    expect([status, headers.get('flowdock-user')]).toEqual([201, '2'])
    expect(body).toMatchObject({
      ...{ name: 'My flow', parameterized_name: 'my-flow', access_mode: 'invitation', open: true, joined: true },
      ...{ url: `${box.url}/flows/acme/my-flow`, web_url: `${box.url}/app/acme/my-flow` },
      users: [{ id: 2, nick: 'Ben', disabled: false, in_flow: true }],
    })
    expect(body).not.toHaveProperty('join_url')
    expect(body.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(await names('ben')).toEqual(['main', 'lunch-club', 'my-flow'])
    expect(await names('chen', '/flows/all')).toEqual(['main', 'lunch-club'])
    expect((await box.as('chen')('GET', '/flows/acme/my-flow')).status).toBe(404)
    expect((await box.as('ben')('GET', `/flows/find?id=${body.id}`)).body).toEqual(body)
  })

  test('has messages, sources and a page', async () => {
    const { body } = await create('My flow', 'maija')
    const line = { flow: body.id, event: 'message', content: 'Hello' }
    expect((await box.as('maija')('POST', '/messages', line)).status).toBe(202)
    const created = await box.withScopes('integration')('POST', '/flows/acme/my-flow/sources', { name: 'Tickets' })
    const post = { ...ticket, flow_token: created.body.flow_token }
    expect((await box.call('POST', '/messages', post)).status).toBe(202)
    const page = await new Browser(box.app).get('/app/acme/my-flow')
    expect(page.body).toContain('Hello')
    expect(page.body).toContain('Polish the flux capacitor')
  })

  test('gets a free name for its URL', async () => {
    const slugs: string[] = []
    for (const name of ['My flow', 'my FLOW', 'Main', 'Käytävä & co.', '日本', '!!!', 'x'.repeat(100)]) {
      slugs.push((await create(name)).body.parameterized_name)
    }
    expect(slugs.slice(0, 4)).toEqual(['my-flow', 'my-flow-2', 'main-2', 'kaeytaevae-and-co'])
    expect(new Set(slugs).size).toBe(7)
    for (const slug of slugs) {
      expect(slug).toMatch(/^[a-z0-9-]{1,62}$/)
      expect((await box.as('ben')('GET', `/flows/acme/${slug}`)).status, slug).toBe(200)
    }
  })

  test.each([null, '', ' ', 42, ['x'], {}, 'x'.repeat(101)])('is not called %j', async (name) => {
    const { status, body } = await create(name)
    expect([status, body]).toEqual([400, { message: 'Validation error', errors: { name: [expect.any(String)] } }])
  })

  test('needs the organization and the scope', async () => {
    expect((await box.as('ben')('POST', '/flows/none', { name: 'x' })).status).toBe(404)
    expect((await box.withScopes('flow', 'integration')('POST', '/flows/acme', { name: 'x' })).status).toBe(403)
    expect((await box.call('POST', '/flows/acme', { name: 'x' })).status).toBe(401)
    await box.as('maija')('DELETE', '/organizations/acme/users/2')
    expect((await create()).status).toBe(403)
  })

  test('is refused over the limit', async () => {
    box = await openSandbox({ limits: { flows: 3 } })
    expect([(await create()).status, (await create()).status]).toEqual([201, 403])
  })
})

describe('a flow is changed', () => {
  test('with the documentation’s example', async () => {
    const { status, body } = await put('maija', { name: 'My new flow', disabled: false, access_mode: 'organization' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: 'My new flow', parameterized_name: 'main', access_mode: 'organization' })
    expect(body).toHaveProperty('join_url')
    expect(body).not.toHaveProperty('users')
  })

  test('by its members: the name', async () => {
    expect((await put('ben', { name: 'Main hall' })).body).toMatchObject({ name: 'Main hall' })
    expect((await put('rosa', { name: 'x' }, 'lunch-club')).status).toBe(403)
    await create('Closed', 'chen')
    expect((await put('ben', { name: 'x' }, 'closed')).status).toBe(404)
    expect((await put('ben', { name: 'x' }, 'none')).status).toBe(404)
  })

  test('by administrators: who can come in, and whether it exists', async () => {
    await create('Closed', 'chen')
    expect((await put('chen', { access_mode: 'link' }, 'closed')).status).toBe(403)
    expect((await put('chen', { disabled: true }, 'closed')).status).toBe(403)
    expect((await put('maija', { access_mode: 'link' }, 'closed')).body).toMatchObject({
      access_mode: 'link',
      joined: false,
    })
  })

  test('only with the scope, but opened and closed with less', async () => {
    expect((await box.withScopes('flow')('PUT', '/flows/acme/main', { name: 'x' })).status).toBe(403)
    expect((await box.withScopes('flow')('PUT', '/flows/acme/main', { open: false })).body).toMatchObject({
      open: false,
    })
  })

  test('by a form, too', async () => {
    const { body } = await box.as('ben')<FlowJson>('PUT', '/flows/acme/main', 'open=false&name=Hall', form)
    expect(body).toMatchObject({ open: false, name: 'Hall', joined: true })
  })

  test.each([
    { name: '' },
    { name: null },
    { name: 'x'.repeat(101) },
    { open: 'perhaps' },
    { open: 1 },
    { disabled: null },
    { access_mode: 'open' },
    { access_mode: ['link'] },
  ])('not with %j', async (edit) => {
    const { status, body } = await put('maija', edit)
    expect([status, body]).toMatchObject([400, { errors: { [Object.keys(edit)[0] ?? '']: [expect.any(String)] } }])
    expect((await box.as('maija')('GET', '/flows/acme/main')).body).toMatchObject({ name: 'Main', open: true })
  })
})

describe('a user joins', () => {
  test('a flow of the organization by opening it', async () => {
    expect((await box.as('rosa')('GET', '/flows/acme/lunch-club/messages')).status).toBe(403)
    expect((await put('rosa', { open: true }, 'lunch-club')).body).toMatchObject({ open: true, joined: true })
    expect(await names('rosa')).toEqual(['main', 'lunch-club'])
    expect(await actions('lunch-club')).toEqual([['4', { type: 'join', description: '' }]])
    await put('rosa', { open: true }, 'lunch-club')
    expect(await actions('lunch-club')).toHaveLength(1)
  })

  test('no other flow', async () => {
    await create('Closed', 'chen')
    expect((await put('rosa', { open: true }, 'closed')).status).toBe(404)
    expect((await put('maija', { open: true }, 'closed')).status).toBe(403)
    await put('maija', { access_mode: 'link' }, 'closed')
    expect((await put('rosa', { open: true }, 'closed')).status).toBe(404)
  })

  test('and closing a flow is not leaving it', async () => {
    await put('ben', { open: false })
    expect((await box.as('ben')('GET', '/flows/acme/main')).body).toMatchObject({ open: false, joined: true })
    expect((await box.as('chen')('GET', '/flows/acme/main')).body).toMatchObject({ open: true })
    expect((await put('rosa', { open: false }, 'lunch-club')).body).toMatchObject({ open: false, joined: false })
  })
})

describe('a disabled flow', () => {
  test('disappears, and nobody can post to it or join it', async () => {
    const token = box.connect().flowToken
    const { id } = (await box.as('ben')<FlowJson>('GET', '/flows/acme/main')).body
    expect((await put('maija', { disabled: true, access_mode: 'organization' })).status).toBe(200)
    for (const nick of ['maija', 'ben'] as const) {
      expect(await names(nick)).toEqual(['lunch-club'])
      expect(await names(nick, '/flows/all')).toEqual(['lunch-club'])
      const line = { event: 'message', content: 'x' }
      expect((await box.as(nick)('POST', '/flows/acme/main/messages', line)).status).toBe(404)
      for (const path of [
        '/flows/acme/main',
        `/flows/find?id=${id}`,
        '/flows/acme/main/messages',
        '/flows?filter=acme/main',
      ]) {
        expect((await box.as(nick)('GET', path)).status, path).toBe(404)
      }
    }
    expect((await box.call('POST', '/messages', { ...ticket, flow_token: token })).status).toBe(403)
    const pushed = { external_user_name: 'Marty', content: 'x' }
    expect((await box.call('POST', '/v1/messages/chat/main-sandbox-flow-token', pushed)).status).toBe(403)
    expect((await put('ben', { open: true })).status).toBe(404)
    expect((await new Browser(box.app).get('/app/acme/main')).statusCode).toBe(404)
  })

  test('comes back with its messages', async () => {
    await box.as('ben')('POST', '/flows/acme/main/messages', { event: 'message', content: 'Hello' })
    await put('maija', { disabled: true })
    await put('maija', { disabled: false })
    expect((await box.as('ben')<object[]>('GET', '/flows/acme/main/messages')).body).toMatchObject([
      { content: 'Hello' },
    ])
  })
})

describe('who loses access', () => {
  test.each([
    ['is blocked', () => box.as('maija')('PUT', '/flows/acme/main/users/2', { disabled: true })],
    ['is removed from the organization', () => box.as('maija')('DELETE', '/organizations/acme/users/2')],
    ['is in a flow that is disabled', () => put('maija', { disabled: true })],
  ])('because the user %s gets no more of the stream', async (_why, lose) => {
    const stream = await openStream(`${box.url}/flows/acme/main`, { authorization: basic('ben-sandbox-api-token') })
    onTestFinished(() => stream.close())
    await lose()
    await box.as('maija')('POST', '/flows/acme/main/messages', { event: 'message', content: 'secret' })
    await expect(stream.next()).rejects.toThrow('The stream has ended.')
    expect((await box.as('ben')('GET', '/flows?filter=acme/main')).status).toBeGreaterThanOrEqual(403)
  })
})

describe('pages', () => {
  test('list new flows and new names, and update themselves', async () => {
    const stream = await openStream(`${box.url}/app/acme/lunch-club/stream`)
    onTestFinished(() => stream.close())
    await create('New <b>', 'maija')
    expect((await stream.next()).event).toBe('changed')
    await put('maija', { name: 'Hall' })
    expect((await stream.next()).event).toBe('changed')
    const rail = parse((await new Browser(box.app).get('/app/acme/lunch-club')).body).querySelector('#flows[data-live]')
    expect(rail?.querySelectorAll('a').map((link) => link.getAttribute('href'))).toEqual([
      '/app/acme/main',
      '/app/acme/lunch-club',
      '/app/acme/new-b',
    ])
    expect(rail?.text).toContain('Hall')
    expect(rail?.innerHTML).toContain('New &lt;b&gt;')
  })
})
