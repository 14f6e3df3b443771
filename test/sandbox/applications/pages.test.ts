import { parse } from 'node-html-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { openStream } from '../../support/event-stream.ts'
import { application, type Box, openSandbox, ticket } from '../box.ts'

const list = '/oauth/applications'
const uris = {
  callbackUri: 'http://localhost:4567/callback',
  setupUri: 'http://localhost:4567/setup?flow={flow_id}&flow_url={flow_url}',
  configurationUri: 'http://localhost:4567/configure?source={source_id}&source_url={source_url}',
}
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const file = (bytes: Uint8Array<ArrayBuffer>, name = 'icon.png') => new File([bytes], name, { type: 'image/png' })

let box: Box
let browser: Browser

beforeEach(async () => {
  box = await openSandbox()
  browser = new Browser(box.app)
})

const shown = () => parse(browser.page?.body ?? '')
const text = (selector: string) => shown().querySelector(selector)?.text.replace(/\s+/g, ' ').trim()
const value = (selector: string) => shown().querySelector(selector)?.getAttribute('value')
const link = (selector: string) => shown().querySelector(selector)?.getAttribute('href')?.replaceAll('&amp;', '&')
const newest = () => box.world.applications.list().at(-1)
const key = () => value('input[name=key]') ?? ''

/** Creates an application as a person does, and ends on its page. */
async function create(fields: Record<string, string | Blob> = {}) {
  await browser.get(`${list}/new`)
  await browser.postFiles(`${list}/new`, { name: 'Ticket <desk>', key: key(), ...uris, ...fields })
  await browser.follow()
  const created = newest()
  if (!created) throw new Error('Nothing was created.')
  return created
}

describe('the list of applications', () => {
  test('is where Flowdock’s guides say, and names every application', async () => {
    await create()
    await browser.get('/account/authorized_applications')
    await browser.follow()
    expect(browser.path).toBe(list)
    const cards = shown().querySelectorAll('.card')
    expect(cards.map((card) => card.querySelector('h2')?.text)).toEqual(['Ticket Desk', 'Ticket <desk>'])
    expect(browser.page?.body).not.toContain('<desk>')
    expect(cards.map((card) => card.text.includes('From the sandbox’s configuration'))).toEqual([true, false])
  })

  test('is linked from every page, and from the inbox settings', async () => {
    await browser.get('/app/acme/main/settings')
    expect(link('.bar-link')).toBe(list)
    expect(link(`a[href="${list}/new"]`)).toBe(`${list}/new`)
  })
})

describe('the form of an application', () => {
  test('creates one, and shows its id, secret and addresses', async () => {
    const { id, clientId, clientSecret } = await create()
    expect(browser.path).toBe(`${list}/${id}`)
    const facts = shown().querySelectorAll('.facts dd')
    expect(facts.map(({ text }) => text.trim())).toEqual([clientId, clientSecret, ...Object.values(uris)])
    expect(clientSecret).toMatch(/^[\da-f]{64}$/)
  })

  test('creates one application when it is sent twice', async () => {
    await browser.get(`${list}/new`)
    const form = { name: 'Twice', key: key(), ...uris }
    const answers = [await browser.postFiles(`${list}/new`, form), await browser.postFiles(`${list}/new`, form)]
    expect(answers.map(({ headers }) => headers.location)).toEqual([`${list}/2`, `${list}/2`])
    expect(box.world.applications.list()).toHaveLength(2)
  })

  test('refuses a request without a body as a form without a name', async () => {
    await browser.get(`${list}/new`)
    const headers = { 'csrf-token': browser.csrfToken }
    const cookies = Object.fromEntries(browser.cookies)
    const answer = await box.app.inject({ method: 'POST', url: `${list}/new`, headers, cookies })
    expect([answer.statusCode, answer.body.includes('id="name-error"')]).toEqual([422, true])
  })

  test('names each error at its field, and keeps what was typed and the chosen icon', async () => {
    await browser.get(`${list}/new`)
    const typed = { name: '', callbackUri: 'nowhere', setupUri: 'http://"><b>', configurationUri: 'https://x/{flow}' }
    const sentKey = key()
    const answer = await browser.postFiles(`${list}/new`, { ...typed, key: sentKey, icon: file(png) })
    expect(answer.statusCode).toBe(422)
    const errors = ['name', 'callback-uri', 'setup-uri', 'configuration-uri'].map((id) => text(`#${id}-error`))
    expect(errors).toEqual([
      "The name can't be blank.",
      expect.stringMatching(/^The callback URI must be an http\(s\) URL, such as .* or urn:ietf:wg:oauth:2.0:oob\.$/),
      expect.stringMatching(/^The setup URI must be an http\(s\) URL, such as/),
      expect.stringContaining('has {flow}, but only these are filled in: {source_id}'),
    ])
    for (const [id, sent] of [
      ['callback-uri', 'nowhere'],
      ['setup-uri', typed.setupUri],
    ]) {
      expect(value(`#${id}`), id).toBe(sent)
      const described = shown().querySelector(`#${id}`)?.getAttribute('aria-describedby')
      expect(described?.split(' '), id).toContain(`${id}-error`)
    }
    expect(box.world.applications.list()).toHaveLength(1)

    const corrected = { ...uris, name: 'Corrected', key: sentKey, keptIcon: value('[name=keptIcon]') ?? '' }
    await browser.postFiles(`${list}/new`, corrected)
    expect(newest()).toMatchObject({ name: 'Corrected', icon: { type: 'image/png', bytes: png } })
  })

  test.each([
    [
      'a picture of 64 KiB and a byte',
      Buffer.concat([png, Buffer.alloc(65_537 - png.length)]),
      /^The icon must have at most 64 KiB/,
    ],
    [
      'an SVG picture',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      /^The icon must be a PNG, JPEG, GIF or WebP/,
    ],
  ])('refuses %s as an icon', async (_what, bytes, message) => {
    await browser.get(`${list}/new`)
    const answer = await browser.postFiles(`${list}/new`, { name: 'Kept', key: key(), icon: file(bytes) })
    expect([answer.statusCode, text('#icon-error')]).toEqual([422, expect.stringMatching(message)])
    expect([value('#name'), value('[name=keptIcon]')]).toEqual(['Kept', ''])
  })

  test.each([
    ['PNG', 'image/png', png],
    ['JPEG', 'image/jpeg', Buffer.from('ffd8ffe000104a46', 'hex')],
    ['GIF', 'image/gif', Buffer.from('GIF89a\x01\x00')],
    [
      'WebP',
      'image/webp',
      Buffer.concat([Buffer.from('RIFF'), Buffer.from([0x1a, 0x0a, 0, 0]), Buffer.from('WEBPVP8L')]),
    ],
  ])('takes a %s picture as the icon, and serves it as nothing else', async (_what, type, bytes) => {
    const { id } = await create({ icon: file(bytes, 'icon.html') })
    const response = await fetch(`${box.url}/icons/${id}`)
    expect(['content-type', 'x-content-type-options'].map((name) => response.headers.get(name))).toEqual([
      type,
      'nosniff',
    ])
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
  })

  test('edits an application: its sources and pages have the new name at once', async () => {
    const created = await create({ icon: file(png) })
    await browser.get(`${list}/2/edit`)
    expect([value('#name'), value('#callback-uri')]).toEqual(['Ticket <desk>', uris.callbackUri])
    const { clientId, clientSecret } = created
    await browser.postFiles(`${list}/2/edit`, { ...uris, name: 'Renamed', callbackUri: '' })
    expect(newest()).toMatchObject({ name: 'Renamed', clientId, clientSecret, icon: { type: 'image/png' } })
    await browser.follow()
    expect(text('.facts')).toContain('None: a page shows the code (urn:ietf:wg:oauth:2.0:oob)')
    await browser.get(`${list}/2/edit`)
    expect(value('#callback-uri')).toBe('')
    await browser.postFiles(`${list}/2/edit`, { name: 'Renamed', removeIcon: 'yes' })
    expect(newest()?.icon).toBeUndefined()
  })

  test('ends at a limit, and says what to do', async () => {
    box = await openSandbox({ limits: { applications: 1 } })
    browser = new Browser(box.app)
    await browser.get(`${list}/new`)
    const answer = await browser.postFiles(`${list}/new`, { name: 'One more', key: key() })
    expect([answer.statusCode, text('.panel')]).toEqual([
      422,
      expect.stringContaining('keeps 1 applications. Delete one'),
    ])
  })

  test.each([
    ['new', { name: 'Forged' }],
    ['2/edit', { name: 'Forged' }],
    ['2/secret', {}],
    ['2/delete', {}],
    ['2/sources', { name: 'Forged', flow: 'x' }],
  ])('refuses a form of another site: %s', async (path, fields) => {
    const { clientSecret } = await create()
    const answer = await browser.postFiles(`${list}/${path}`, { ...fields, _csrf: 'made up' })
    expect(answer.statusCode).toBe(403)
    expect(box.world.applications.list()).toHaveLength(2)
    expect(newest()).toMatchObject({ name: 'Ticket <desk>', clientSecret })
  })

  test('that cannot be read, or is too large, gets a page that says so', async () => {
    await browser.get(`${list}/new`)
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    const broken = await box.app.inject({ method: 'POST', url: `${list}/new`, headers, payload: 'not a form' })
    expect([broken.statusCode, broken.body]).toEqual([400, expect.stringContaining('The form cannot be read')])
    const large = await browser.postFiles(`${list}/new`, { icon: file(Buffer.alloc(4_200_000)) })
    expect([large.statusCode, large.body]).toEqual([413, expect.stringContaining('choose a smaller file')])
  })
})

describe('the secret of an application', () => {
  const client = () => ({ client_id: newest()?.clientId, grant_type: 'password', ...user })
  const user = { username: 'ben@acme.example', password: 'ben-sandbox-password' }
  const token = (clientSecret: string) =>
    box.call('POST', '/oauth/token', { ...client(), client_secret: clientSecret }, { accept: 'application/json' })

  test('is replaced by a reset: the old one is invalid at once, tokens stay valid', async () => {
    const { clientSecret: old } = await create()
    const { body } = await token(old)
    await browser.post(`${list}/2/secret`)
    await browser.follow()
    const fresh = newest()?.clientSecret ?? ''
    expect(text('.facts')).toContain(fresh)
    expect([(await token(old)).status, (await token(fresh)).status]).toEqual([401, 200])
    const headers = { authorization: `Bearer ${body.access_token}` }
    expect((await box.call('GET', '/flows', undefined, headers)).status).toBe(200)
  })
})

describe('deleting an application', () => {
  test('ends its tokens, codes and sources; its posts stay, with its icon', async () => {
    const created = await create()
    const scopes = new Set(['flow', 'offline_access'] as const)
    const [maija] = box.world.users
    if (!maija) throw new Error('Nobody is here.')
    const { accessToken, refreshToken = '' } = box.grants.signIn(maija, created, scopes)
    const code = box.grants.agree(maija, created, scopes)
    const fixedToken = box.token('maija', ['flow'])
    const { flowToken } = await generated()
    await box.call('POST', '/messages', { ...ticket, flow_token: flowToken })

    await browser.get(`${list}/2`)
    await browser.post(`${list}/2/delete`)
    await browser.follow()
    expect(shown().querySelectorAll('.card')).toHaveLength(1)
    expect((await box.call('POST', '/messages', { ...ticket, flow_token: flowToken })).status).toBe(410)
    expect(box.grants.identify(accessToken)).toBeUndefined()
    expect(box.grants.refresh(created, refreshToken)).toBeUndefined()
    expect(box.grants.exchange(created, code)).toBeUndefined()
    expect(box.grants.identify(fixedToken)).toBeDefined()
    expect(box.world.flows[0]?.threads.list()).toHaveLength(1)
    expect((await fetch(`${box.url}/icons/2`)).status).toBe(200)
    for (const path of ['2', '2/edit']) expect((await browser.get(`${list}/${path}`)).statusCode).toBe(404)
    expect((await browser.post(`${list}/2/delete`)).statusCode).toBe(404)
  })

  test('ends its streams', async () => {
    const token = box.token('maija', ['flow', 'private'], await create())
    const stream = await openStream(`${box.url}/flows?filter=acme/main&user=1`, { authorization: `Bearer ${token}` })
    await browser.get(`${list}/2`)
    await browser.post(`${list}/2/delete`)
    await box.as('ben')('POST', '/private/1/messages', { event: 'message', content: 'For Maija only' })
    await expect(stream.next()).rejects.toThrow('The stream has ended.')
  })

  test('is not possible for one of the configuration, and neither is any other change', async () => {
    await browser.get(`${list}/1`)
    expect(text('.facts')).not.toContain(application.clientSecret)
    expect(shown().querySelectorAll('.confirm')).toEqual([])
    expect((await browser.get(`${list}/1/edit`)).statusCode).toBe(403)
    await browser.get(`${list}/1`)
    for (const what of ['secret', 'delete', 'edit']) {
      expect((await browser.post(`${list}/1/${what}`, { name: 'x' })).statusCode, what).toBe(403)
    }
    expect(box.world.applications.list()).toEqual([application])
  })
})

/** Generates a source with the tool of the application that was created last. */
async function generated(fields: Record<string, string> = {}) {
  await browser.get(`${list}/2`)
  const flow = box.world.flows[0]?.id ?? ''
  await browser.post(`${list}/2/sources`, { name: 'Project <X>', flow, key: key(), ...fields })
  return { flowToken: text('#flow-token') ?? '', command: text('#command') }
}

describe('the tool that generates sources', () => {
  test('shows the flow token and a command with it, once', async () => {
    await create()
    const { flowToken, command } = await generated()
    expect([browser.page?.statusCode, browser.page?.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(command).toContain(`curl -i '${box.url}/messages'`)
    expect(command).toContain(flowToken)
    expect((await box.call('POST', '/messages', { ...ticket, flow_token: flowToken })).status).toBe(202)
    const [source] = box.world.sources.list(box.world.flows[0]?.id ?? '')
    expect(source).toMatchObject({ name: 'Project <X>', application: { id: 2 }, creator: { nick: 'Maija' } })
    for (const path of [`${list}/2`, `${list}/2/sources`, '/app/acme/main/settings']) {
      expect((await browser.get(path)).body, path).not.toContain(flowToken)
    }
    await browser.get(`${list}/2`)
    expect(text('.plain-list')).toBe('Project <X> in Main')
  })

  test('creates one source when its form is sent twice, and answers with the same token', async () => {
    await create()
    await browser.get(`${list}/2`)
    const form = { name: 'Twice', flow: box.world.flows[0]?.id ?? '', key: key() }
    const tokens = []
    for (let sent = 0; sent < 2; sent++) {
      await browser.post(`${list}/2/sources`, form)
      tokens.push(text('#flow-token'))
    }
    expect(tokens[0]).toMatch(/^[\da-f]{32}$/)
    expect(tokens[1]).toBe(tokens[0])
    expect(box.world.sources.list(form.flow)).toHaveLength(1)
  })

  test.each([
    ['without a name', { name: '  ' }, 'Type a name for the source.'],
    ['with a name of 256 characters', { name: 'x'.repeat(256) }, 'The name must have at most 255 characters.'],
    ['for an unknown flow', { flow: 'nowhere' }, 'Choose a flow that you are in.'],
  ])('refuses a source %s', async (_what, fields, message) => {
    await create()
    await generated(fields)
    expect([browser.page?.statusCode, text('[role=alert]')]).toEqual([422, message])
    expect(value('#source-name')).toBe('name' in fields ? fields.name?.trim() : 'Project <X>')
    expect(box.world.sources.list(box.world.flows[0]?.id ?? '')).toEqual([])
  })

  test('offers only flows that the user is in', async () => {
    await create()
    await browser.post('/app/person', { user: '4', back: '/' })
    await generated({ flow: box.world.flows[1]?.id ?? '' })
    expect(browser.page?.statusCode).toBe(422)
    expect(
      shown()
        .querySelectorAll('#source-flow option')
        .map(({ text }) => text),
    ).toEqual(['Main'])
  })

  test('works for an application of the configuration', async () => {
    await browser.get(`${list}/1`)
    await browser.post(`${list}/1/sources`, { name: 'Script', flow: box.world.flows[0]?.id ?? '', key: key() })
    expect(text('#flow-token')).toMatch(/^[\da-f]{32}$/)
  })
})

describe('the addresses of an application', () => {
  const main = () => box.world.flows[0]?.id ?? ''
  const mainUrl = () => `${box.url}/flows/acme/main`

  test('lead to the setup of a flow that one chooses', async () => {
    await create()
    await browser.get(`${list}/2?flow=${main()}`)
    const url = `http://localhost:4567/setup?flow=${main()}&flow_url=${encodeURIComponent(mainUrl())}`
    expect(link('[aria-labelledby=setup-heading] a')).toBe(url)
    await browser.get(`${list}/2?flow=nowhere`)
    expect(link('[aria-labelledby=setup-heading] a')).toBeUndefined()
  })

  test('without placeholders get the parameters that Flowdock’s guide names', async () => {
    await create({ setupUri: 'http://localhost:4567/setup?x=1', configurationUri: 'http://localhost:4567/configure' })
    await generated()
    await browser.get('/app/acme/main/settings')
    const [source] = box.world.sources.list(main())
    expect(link('#sources a.button')).toBe(
      `http://localhost:4567/configure?integration_id=${source?.id}&flow=${main()}`,
    )
    const setUp = `http://localhost:4567/setup?x=1&flow=${main()}&flow_url=${encodeURIComponent(mainUrl())}`
    expect(shown().querySelectorAll('a.primary').at(-1)?.getAttribute('href')?.replaceAll('&amp;', '&')).toBe(setUp)
  })
})
