import { parse } from 'node-html-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { type Box, basic, form, openSandbox } from '../box.ts'

type InvitationJson = { id: number; state: string; email: string }
type Nick = 'maija' | 'ben' | 'chen' | 'rosa'

const url = '/flows/acme/main/invitations'
/** The documentation's example. */
const someone = { email: 'someone@example.com', message: 'Please join our team’s Flow.' }

let box: Box
let browser: Browser

beforeEach(async () => {
  box = await openSandbox()
  browser = new Browser(box.app)
})

const invite = (body: unknown = someone, by: Nick = 'ben', at = url) => box.as(by)<InvitationJson>('POST', at, body)
const pending = async (at = url) =>
  (await box.as('maija')<InvitationJson[]>('GET', at)).body.map(({ email, state }) => [email, state])
const actions = async (flow = 'main') =>
  (
    await box.as('maija')<{ content: object; user: string }[]>('GET', `/flows/acme/${flow}/messages?event=action`)
  ).body.map(({ content, user }) => [user, content])
const page = async (path: string) => parse((await browser.get(path)).body)
const pathOf = async (index = 0) =>
  (await page('/app/acme/main/people')).querySelectorAll('#invitations a')[index]?.getAttribute('href') ?? ''
const shown = () => parse(browser.page?.body ?? '')
/** The field of the shown form, with its message. */
const fieldShown = (id: string) => {
  const input = shown().querySelector(`form.panel #${id}`)
  const described = input?.getAttribute('aria-describedby')
  return {
    value: input?.getAttribute('value'),
    isInvalid: input?.getAttribute('aria-invalid') === 'true',
    message: described && shown().getElementById(described)?.text,
  }
}
const be = async (id: number) => {
  await browser.get('/app/acme/main')
  await browser.post('/app/person', { user: String(id), back: '/app/acme/main' })
}

describe('an invitation', () => {
  test('is created, listed and shown', async () => {
    const { status, headers, body } = await invite()
    expect([status, headers.get('flowdock-user')]).toEqual([201, '2'])
    expect(body).toEqual({
      ...{ id: 1, state: 'pending', email: 'someone@example.com', flow: box.world.flows[0]?.id },
      url: `${box.url}${url}/1`,
    })
    expect((await box.as('chen')<object[]>('GET', url)).body).toEqual([body])
    expect((await box.as('chen')('GET', `${url}/1`)).body).toEqual(body)
    expect(await actions()).toEqual([['2', { type: 'invite', description: { email: 'someone@example.com' } }]])
  })

  test('is sent again to the same address', async () => {
    await invite()
    const { status, body } = await invite({ email: 'SOMEONE@example.com' }, 'chen')
    expect([status, body.id]).toEqual([201, 1])
    expect(await pending()).toEqual([['someone@example.com', 'pending']])
  })

  test('is cancelled by a member, or declined by the invited user', async () => {
    await invite()
    expect((await box.as('maija')('DELETE', `${url}/1`)).status).toBe(204)
    expect((await box.as('maija')('GET', `${url}/1`)).status).toBe(404)
    const lunch = '/flows/acme/lunch-club/invitations'
    await invite({ email: 'rosa@acme.example' }, 'ben', lunch)
    expect((await box.as('rosa')('GET', `${lunch}/2`)).body).toMatchObject({ email: 'rosa@acme.example' })
    expect((await box.as('rosa')('GET', lunch)).status).toBe(403)
    expect((await box.as('rosa')('DELETE', `${lunch}/2`)).status).toBe(204)
    const types = (await actions('lunch-club')).map(([user, content]) => [user, (content as { type: string }).type])
    expect(types).toEqual([
      ['2', 'invite'],
      ['4', 'decline'],
    ])
    expect((await actions()).at(-1)).toEqual(['1', { type: 'uninvite', description: { email: 'someone@example.com' } }])
  })

  test('is for members of the flow, with the scope', async () => {
    const lunch = '/flows/acme/lunch-club/invitations'
    await invite(someone, 'ben', lunch)
    expect((await invite(someone, 'rosa', lunch)).status).toBe(403)
    for (const path of [lunch, `${lunch}/1`]) expect((await box.as('rosa')('GET', path)).status, path).toBe(403)
    expect((await box.as('rosa')('DELETE', `${lunch}/1`)).status).toBe(403)
    const flowOnly = box.withScopes('flow')
    expect((await flowOnly('POST', lunch, someone)).status).toBe(403)
    expect((await flowOnly('POST', `${lunch}/import`, { list: 'x@x.example' })).status).toBe(403)
    expect((await flowOnly('DELETE', `${lunch}/1`)).status).toBe(403)
    expect((await flowOnly('GET', `${lunch}/1`)).status).toBe(200)
    expect((await box.as('maija')('GET', `${url}/1`)).status).toBe(404)
  })

  test.each(['0', '2', 'x', '1.0', '-1', '9'.repeat(300)])('has no id %s', async (id) => {
    await invite()
    expect((await box.as('maija')('GET', `${url}/${id}`)).status).toBe(404)
    expect((await box.as('maija')('DELETE', `${url}/${id}`)).status).toBe(404)
  })

  test.each([
    [{}, { email: ["can't be blank"] }],
    [{ email: 'nobody' }, { email: ['is invalid'] }],
    [{ email: ['x@x.example'] }, { email: ['is invalid'] }],
    [{ email: `${'x'.repeat(60)}@${'x.'.repeat(100)}example` }, { email: [expect.any(String)] }],
    [{ email: 'x@x.example\r\nbcc: y@y.example' }, { email: ['is invalid'] }],
    [{ ...someone, message: 7 }, { message: [expect.any(String)] }],
    [{ ...someone, message: 'x'.repeat(2_001) }, { message: [expect.stringContaining('too long')] }],
    [{ email: 'Chen@acme.example' }, { email: ['is already in the flow'] }],
  ])('is not made of %j', async (body, errors) => {
    const { status, body: answer } = await invite(body)
    expect([status, answer]).toMatchObject([400, { errors }])
    expect(await pending()).toEqual([])
  })

  test('is forgotten over the limit, the oldest first', async () => {
    box = await openSandbox({ limits: { invitations: 2 } })
    for (const name of ['a', 'b', 'c']) await invite({ email: `${name}@x.example` })
    expect((await pending()).map(([email]) => email)).toEqual(['b@x.example', 'c@x.example'])
  })
})

describe('an address list', () => {
  type Imported = { invitations: InvitationJson[]; added_users: { nick: string }[]; erroneous_emails: object[] }
  const send = (list: unknown, at = '/flows/acme/lunch-club/invitations') =>
    box.as('ben')<Imported>('POST', `${at}/import`, { list })

  test('is imported: users of the organization are added, others invited, and errors named', async () => {
    const list =
      'someone@example.com, "Smith, Joe" <person@example.com>\nRosa@acme.example\r\ntest@example.invalid, chen@acme.example,,'
    const { status, body } = await send(list)
    expect(status).toBe(200)
    expect(body.invitations).toMatchObject([
      { email: 'someone@example.com', state: 'pending' },
      { email: 'person@example.com', state: 'pending' },
    ])
    expect(body.added_users).toMatchObject([{ id: 4, nick: 'Rosa', disabled: false, status: null }])
    expect(body.erroneous_emails).toEqual([
      { 'test@example.invalid': 'Invalid email' },
      { 'chen@acme.example': 'is already in the flow' },
    ])
    expect((await box.as('rosa')('GET', '/flows/acme/lunch-club/messages')).status).toBe(200)
  })

  test('is imported from a form', async () => {
    const at = '/flows/acme/lunch-club/invitations/import'
    const { body } = await box.as('ben')<Imported>('POST', at, 'list=a@x.example%0Ab@x.example', form)
    expect(body.invitations).toHaveLength(2)
  })

  test('names what is no address, and blocked users', async () => {
    await box.as('maija')('PUT', '/flows/acme/lunch-club/users/3', { disabled: true })
    const { body } = await send('nobody, "x@x.example, <>, a@b@c, chen@acme.example, nobody')
    expect(body.erroneous_emails).toEqual([
      { nobody: 'Invalid email' },
      { 'a@b@c': 'Invalid email' },
      { 'chen@acme.example': 'is blocked from the flow' },
    ])
    expect(body.invitations).toMatchObject([{ email: 'x@x.example' }])
  })

  test.each([undefined, '', 7, ['a@x.example'], 'x'.repeat(20_001)])('is not %j', async (list) => {
    expect(await send(list)).toMatchObject({ status: 400, body: { errors: { list: [expect.any(String)] } } })
  })

  test('has at most a hundred addresses, and is read in time', async () => {
    const many = Array.from({ length: 101 }, (_, index) => `a${index}@x.example`).join()
    expect((await send(many)).status).toBe(400)
    for (const text of [
      '"'.repeat(19_999),
      `<${' '.repeat(19_990)}x`,
      '"a,'.repeat(6_600),
      `x${' '.repeat(19_990)}<`,
    ]) {
      // The request has a time limit. An expression that backtracks would exceed it.
      expect([200, 400]).toContain((await send(text)).status)
    }
  })
})

describe('somebody accepts an invitation', () => {
  test('as a new user, on the page that a mail would name', async () => {
    await invite()
    const path = await pathOf()
    expect(path).toMatch(/^\/invitations\/[0-9a-f]{40}$/)
    const html = await page(path)
    expect(html.querySelector('h1')?.text).toBe('Join Main')
    expect(html.querySelector('blockquote')?.text).toBe(someone.message)
    expect(html.querySelector('#email')?.getAttribute('value')).toBe('someone@example.com')
    const answer = await browser.post(path, { as: 'new', name: 'Joe <Smith>', email: 'other@example.com' })
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/app/acme/main'])
    expect((await page('/app/acme/main')).querySelector('.bar .name')?.text).toBe('Joe <Smith>')
    expect((await box.as('maija')('GET', `${url}/1`)).body).toMatchObject({ state: 'accepted' })
    expect(await pending()).toEqual([])
    const { body: users } = await box.as('maija')<object[]>('GET', '/organizations/acme/users')
    expect(users.at(-1)).toMatchObject({
      id: 5,
      nick: 'Joe',
      name: 'Joe <Smith>',
      email: 'someone@example.com',
      admin: false,
    })
    expect((await actions()).at(-1)).toEqual(['5', { type: 'join', description: '' }])
    // The new user can use the API like the others.
    const authorization = basic('joe-sandbox-api-token')
    expect((await box.call('GET', '/user', undefined, { authorization })).body).toMatchObject({ id: 5, nick: 'Joe' })
    expect((await box.as('maija')('DELETE', `${url}/1`)).status).toBe(403)
    expect((await browser.get(path)).statusCode).toBe(404)
    expect((await browser.post(path, { as: 'new', name: 'Again' })).statusCode).toBe(404)
  })

  test('as the existing user with its address, who comes back to the organization', async () => {
    await box.as('maija')('DELETE', '/organizations/acme/users/4')
    await invite({ email: 'ROSA@acme.example' })
    const path = await pathOf()
    const html = await page(path)
    expect(html.querySelectorAll('form.panel').map(({ text }) => text.trim())).toEqual(['Join as Rosa Lindqvist'])
    expect((await browser.post(path, { as: 'new', name: 'Joe' })).statusCode).toBe(422)
    await browser.post(path, { as: 'user' })
    expect((await box.as('rosa')('GET', '/flows/acme/main/messages')).status).toBe(200)
    expect((await box.as('rosa')<object[]>('GET', '/organizations')).body).toHaveLength(1)
  })

  test('with a free nick and login', async () => {
    for (const name of ['Maija Two', 'Maija Three', '日本 語', '!']) {
      await invite({ email: `${name.length}${name.at(-1) === '語' ? 'x' : 'y'}@x.example` })
      const path = await pathOf()
      await browser.post(path, { as: 'new', name })
      await be(1)
    }
    const { body } = await box.as('maija')<{ nick: string }[]>('GET', '/users')
    expect(body.slice(4).map(({ nick }) => nick)).toEqual(['Maija-2', 'Maija-3', '日本', 'User'])
    const tokens = ['maija-2', 'maija-3', 'user', 'user-2'].map((login) => basic(`${login}-sandbox-api-token`))
    for (const authorization of tokens) {
      expect((await box.call('GET', '/user', undefined, { authorization })).status).toBe(200)
    }
  })

  test('with the form shown again if the name is missing', async () => {
    await invite()
    const path = await pathOf()
    await browser.get(path)
    expect((await browser.post(path, { as: 'new', name: ' ' })).statusCode).toBe(422)
    expect(fieldShown('name')).toEqual({ value: '', isInvalid: true, message: expect.stringContaining('Type a name') })
    expect(fieldShown('email')).toEqual({ value: someone.email, isInvalid: false, message: undefined })
    expect(shown().querySelector('#email')?.hasAttribute('readonly')).toBe(true)
    expect(shown().querySelector('blockquote')?.text).toBe(someone.message)
  })

  test('only with a name, and while there is room', async () => {
    box = await openSandbox({ limits: { users: 5 } })
    browser = new Browser(box.app)
    await invite()
    await invite({ email: 'second@example.com' })
    const [first, second] = [await pathOf(0), await pathOf(1)]
    for (const name of ['', ' ', 'x'.repeat(101)]) {
      await browser.get(first)
      expect((await browser.post(first, { as: 'new', name })).statusCode).toBe(422)
    }
    expect((await browser.post(first, { as: 'new', name: 'Joe', _csrf: '' })).statusCode).toBe(403)
    expect((await browser.post(first, { as: 'new', name: 'Joe' })).statusCode).toBe(303)
    await browser.get(second)
    expect((await browser.post(second, { as: 'new', name: 'Ann' })).statusCode).toBe(422)
    expect((await browser.get('/invitations/none')).statusCode).toBe(404)
  })
})

describe('the link of a flow', () => {
  const link = async (flow: string) => {
    const { body } = await box.as('maija')<{ join_url: string }>('GET', `/flows/acme/${flow}`)
    return new URL(body.join_url).pathname
  }

  test('lets users and others join', async () => {
    await be(4)
    const path = await link('lunch-club')
    expect((await page(path)).querySelectorAll('form.panel')).toHaveLength(2)
    expect((await browser.post(path, { as: 'user' })).headers.location).toBe('/app/acme/lunch-club')
    expect((await box.as('rosa')('GET', '/flows/acme/lunch-club/messages')).status).toBe(200)
    expect((await browser.post(path, { as: 'user' })).statusCode).toBe(422)
    expect((await browser.post(path, { as: 'new', name: 'Joe', email: 'ben@acme.example' })).statusCode).toBe(422)
    expect((await browser.post(path, { as: 'new', name: 'Joe', email: 'nobody' })).statusCode).toBe(422)
    expect((await browser.post(path, { as: 'new', name: 'Joe', email: 'joe@x.example' })).statusCode).toBe(303)
    const { body } = await box.as('maija')<object[]>('GET', '/flows/acme/lunch-club/users')
    expect(body.at(-1)).toMatchObject({ name: 'Joe', email: 'joe@x.example' })
  })

  test('shows the form again with what was typed, and each message at its field', async () => {
    const path = await link('lunch-club')
    await browser.get(path)
    const typed = { as: 'new', name: 'Ann <3', email: 'ann@localhost' }
    expect((await browser.post(path, typed)).statusCode).toBe(422)
    expect(shown().querySelector('h1')?.text).toBe('Join Lunch Club')
    expect(fieldShown('name')).toEqual({ value: typed.name, isInvalid: false, message: undefined })
    const message = 'Type an email address, such as ann@example.com.'
    expect(fieldShown('email')).toEqual({ value: typed.email, isInvalid: true, message })
    expect(shown().querySelector('form.panel [role=alert]')?.text).toBe(message)
    await browser.post(path, { ...typed, name: 'x'.repeat(101), email: 'ben@acme.example' })
    expect(fieldShown('name')).toMatchObject({ value: 'x'.repeat(101), isInvalid: true })
    expect(fieldShown('email')).toMatchObject({
      isInvalid: true,
      message: expect.stringContaining('Somebody has this'),
    })
    expect((await browser.post(path, { ...typed, email: 'ann@example.com' })).statusCode).toBe(303)
  })

  test('is no link any more when the flow needs invitations, or is disabled', async () => {
    const path = await link('lunch-club')
    await box.as('maija')('PUT', '/flows/acme/lunch-club', { access_mode: 'invitation' })
    expect((await browser.get(path)).statusCode).toBe(404)
    await box.as('maija')('PUT', '/flows/acme/lunch-club', { access_mode: 'link', disabled: true })
    expect((await browser.get(path)).statusCode).toBe(404)
    await box.as('maija')('PUT', '/flows/acme/lunch-club', { disabled: false })
    expect((await browser.get(path)).statusCode).toBe(200)
  })

  test('does not let blocked users in', async () => {
    const path = await link('lunch-club')
    await box.as('maija')('PUT', '/flows/acme/lunch-club/users/2', { disabled: true })
    await be(2)
    await browser.get(path)
    expect((await browser.post(path, { as: 'user' })).statusCode).toBe(422)
  })
})

describe('the page of a flow’s people', () => {
  test('shows who is in it, who is blocked and who is invited', async () => {
    await box.as('maija')('PUT', '/flows/acme/main/users/4', { disabled: true })
    await page('/app/acme/main/people')
    expect((await browser.post('/app/acme/main/people', { email: 'a<b@x.example' })).statusCode).toBe(422)
    expect((await browser.post('/app/acme/main/people', { email: 'ben@acme.example' })).statusCode).toBe(422)
    expect((await browser.post('/app/acme/main/people', { email: 'rosa@acme.example' })).statusCode).toBe(422)
    expect((await browser.post('/app/acme/main/people', { email: someone.email })).statusCode).toBe(303)
    const html = await page('/app/acme/main/people')
    const notes = html.querySelectorAll('#flow-people li').map(({ text }) => text.replace(/\s+/g, ' ').trim())
    expect(notes[0]).toBe('Maija Virtanen @Maija · maija@acme.example · administrator')
    expect(notes.at(-1)).toBe('Rosa Lindqvist @Rosa · rosa@acme.example · blocked')
    expect(html.querySelector('#invitations')?.text).toContain(someone.email)
    expect((await pending()).length).toBe(1)
  })

  test.each([
    ['typed@localhost', 'This is no email address. Correct it.'],
    ['Ben@acme.example', 'Ben Okafor is already in this flow.'],
    ['rosa@acme.example', 'Rosa Lindqvist is blocked from this flow.'],
  ])('shows %s again with its message', async (email, message) => {
    await box.as('maija')('PUT', '/flows/acme/main/users/4', { disabled: true })
    await page('/app/acme/main/people')
    expect((await browser.post('/app/acme/main/people', { email })).statusCode).toBe(422)
    expect(shown().querySelectorAll('#flow-people li')).toHaveLength(4)
    expect(fieldShown('email')).toEqual({ value: email, isInvalid: true, message })
    expect((await browser.post('/app/acme/main/people', { email: someone.email })).statusCode).toBe(303)
  })

  test('is for members', async () => {
    await be(4)
    expect((await browser.get('/app/acme/lunch-club/people')).statusCode).toBe(403)
  })
})
