import { parse } from 'node-html-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { type Box, basic, form, openSandbox } from '../box.ts'

type UserJson = { id: number; nick: string; disabled?: boolean; in_flow?: boolean }
type Nick = 'maija' | 'ben' | 'chen' | 'rosa'

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

const ids = async (path: string, nick: Nick = 'maija') =>
  (await box.as(nick)<UserJson[]>('GET', path)).body.map(({ id }) => id)
const block = (by: Nick, id: number | string, disabled: unknown = true, flow = 'main') =>
  box.as(by)('PUT', `/flows/acme/${flow}/users/${id}`, { disabled })
const add = (by: Nick, id: unknown, flow = 'lunch-club') => box.as(by)('POST', `/flows/acme/${flow}/users`, { id })
const remove = (by: Nick, id: number | string) => box.as(by)('DELETE', `/organizations/acme/users/${id}`)
const actions = async (flow: string) =>
  (
    await box.as('maija')<{ content: object; user: string }[]>('GET', `/flows/acme/${flow}/messages?event=action`)
  ).body.map(({ content, user }) => [user, content])

describe('users are listed', () => {
  test('all of the organization for an administrator, else those in the same flows', async () => {
    await box.as('maija')('POST', '/flows/acme', { name: 'Alone' })
    expect(await ids('/users')).toEqual([1, 2, 3, 4])
    await block('maija', 4)
    expect(await ids('/users')).toEqual([1, 2, 3, 4])
    expect(await ids('/users', 'ben')).toEqual([1, 2, 3])
    expect(await ids('/users', 'rosa')).toEqual([4])
  })

  test('one by one only within the organization', async () => {
    expect((await box.as('ben')('GET', '/users/4')).body).toMatchObject({ id: 4, nick: 'Rosa' })
    await remove('maija', 4)
    expect((await box.as('ben')('GET', '/users/4')).status).toBe(404)
    expect((await box.as('rosa')('GET', '/users/2')).status).toBe(404)
    expect((await box.as('rosa')('GET', '/users/4')).status).toBe(200)
    for (const id of ['99', 'x', '-1', '1.0', '9'.repeat(300)]) {
      expect((await box.as('ben')('GET', `/users/${id}`)).status, id).toBe(404)
    }
  })
})

describe('a user’s own account', () => {
  /** The documentation's example. */
  const steve = { nick: 'Steve', email: 'steve@example.com' }

  test('is changed everywhere, and keeps its tokens', async () => {
    const token = box.token('ben', ['flow', 'profile'])
    await box.as('ben')('POST', '/flows/acme/main/messages', { event: 'message', content: 'x' })
    expect(await box.as('ben')('PUT', '/users/2', steve)).toMatchObject({ status: 200, body: {} })
    expect((await box.as('ben')('GET', '/user')).body).toMatchObject({ id: 2, name: 'Ben Okafor', ...steve })
    expect((await box.call('GET', `/user?access_token=${token}`)).body).toMatchObject(steve)
    const authorization = basic('steve@example.com', 'ben-sandbox-password')
    expect((await box.call('GET', '/user', undefined, { authorization })).body).toMatchObject(steve)
    const old = basic('ben@acme.example', 'ben-sandbox-password')
    expect((await box.call('GET', '/user', undefined, { authorization: old })).status).toBe(401)
    const line = { event: 'message', content: 'Hello @steve and @ben' }
    await box.as('maija')('POST', '/flows/acme/main/messages', line)
    const { body } = await box.as('ben')<{ tags: string[] }[]>('GET', '/flows/acme/main/messages?limit=1')
    expect(body[0]?.tags).toContain(':user:2')
    expect((await box.as('maija')('GET', '/private/2')).body).toMatchObject({ name: '@Steve' })
  })

  test('is changed in part, and by a form', async () => {
    await box.as('ben')('PUT', '/users/2', 'nick=Stevie', form)
    expect((await box.as('ben')('GET', '/user')).body).toMatchObject({ nick: 'Stevie', email: 'ben@acme.example' })
  })

  test('in one sandbox is not changed by another', async () => {
    await box.as('ben')('PUT', '/users/2', steve)
    const other = await openSandbox()
    expect((await other.as('ben')('GET', '/user')).body).toMatchObject({ nick: 'Ben', email: 'ben@acme.example' })
  })

  test('is changed by nobody else, and only with the scope', async () => {
    expect((await box.as('maija')('PUT', '/users/2', steve)).status).toBe(403)
    expect((await box.as('ben')('PUT', '/users/99', steve)).status).toBe(403)
    expect((await box.withScopes('flow', 'private')('PUT', '/users/1', steve)).status).toBe(403)
    expect((await box.withScopes('profile')('PUT', '/users/1', steve)).status).toBe(200)
  })

  test.each([
    [{ nick: '' }, { nick: ['must be one word'] }],
    [{ nick: 'two words' }, { nick: ['must be one word'] }],
    [{ nick: '<b>' }, { nick: ['must be one word'] }],
    [{ nick: 'x'.repeat(51) }, { nick: [expect.stringContaining('too long')] }],
    [{ nick: 7 }, { nick: ['is invalid'] }],
    [{ nick: 'CHEN' }, { nick: ['has already been taken'] }],
    [{ email: 'nobody' }, { email: ['is invalid'] }],
    [{ email: `${'x'.repeat(300)}@x.example` }, { email: [expect.any(String)] }],
    [{ email: null }, { email: ["can't be blank"] }],
    [
      { nick: 'chen', email: 'CHEN@acme.example' },
      { nick: [expect.any(String)], email: ['has already been taken'] },
    ],
  ])('is not changed to %j', async (edit, errors) => {
    const { status, body } = await box.as('ben')('PUT', '/users/2', edit)
    expect([status, body.errors]).toEqual([400, errors])
    expect((await box.as('ben')('GET', '/user')).body).toMatchObject({ nick: 'Ben', email: 'ben@acme.example' })
  })
})

describe('a user is added to a flow', () => {
  test('by any member, with a message about it', async () => {
    expect(await add('ben', 4)).toMatchObject({ status: 200, body: {} })
    expect(await ids('/flows/acme/lunch-club/users')).toEqual([1, 2, 3, 4])
    expect(await actions('lunch-club')).toEqual([['2', { type: 'add_people', description: 'Rosa' }]])
    await add('ben', '4')
    expect(await actions('lunch-club')).toHaveLength(1)
  })

  test('by nobody outside the flow, and only from the organization', async () => {
    expect((await add('rosa', 4)).status).toBe(403)
    expect((await box.withScopes('flow')('POST', '/flows/acme/lunch-club/users', { id: 4 })).status).toBe(403)
    await remove('maija', 4)
    expect((await add('ben', 4)).body.errors).toEqual({ id: ['is invalid'] })
  })

  test.each([undefined, null, 0, -1, 99, 1.5, 'x', '1e0', [4], { id: 4 }])('but not %j', async (id) => {
    expect((await add('ben', id)).body).toMatchObject({ errors: { id: [expect.any(String)] } })
  })
})

describe('a blocked user', () => {
  const blocked = async (id: number) => {
    const { body } = await box.as('maija')<{ users: UserJson[] }>('GET', '/flows/acme/main')
    return body.users.find((user) => user.id === id)
  }

  test('is out of the flow, and listed as disabled', async () => {
    expect(await block('maija', 2)).toMatchObject({ status: 200, body: {} })
    expect((await box.as('ben')('GET', '/flows/acme/main/messages')).status).toBe(403)
    expect(await ids('/flows/acme/main/users')).toEqual([1, 3, 4])
    expect(await blocked(2)).toMatchObject({ disabled: true, in_flow: false })
    expect(await actions('main')).toEqual([['1', { type: 'block', description: { user: 2 } }]])
    expect((await new Browser(box.app).get('/app/acme/main')).statusCode).toBe(200)
  })

  test('cannot come back before somebody allows it', async () => {
    await block('maija', 2, true, 'lunch-club')
    expect((await box.as('ben')('PUT', '/flows/acme/lunch-club', { open: true })).status).toBe(404)
    expect((await add('chen', 2)).body.errors).toEqual({ id: ['is blocked from the flow'] })
    expect((await block('chen', 2, false, 'lunch-club')).status).toBe(200)
    expect((await box.as('ben')('GET', '/flows/acme/lunch-club/messages')).status).toBe(200)
  })

  test('is not mentioned', async () => {
    await block('maija', 2)
    const line = { event: 'message', content: '@ben @everyone' }
    await box.as('maija')('POST', '/flows/acme/main/messages', line)
    const { body } = await box.as('maija')<{ tags: string[] }[]>('GET', '/flows/acme/main/messages?event=message')
    expect(body[0]?.tags.join()).not.toContain(':2')
  })

  test('is blocked by users of the same or more power', async () => {
    expect((await block('ben', 1)).status).toBe(403)
    expect((await block('ben', 3)).status).toBe(200)
    expect((await block('chen', 2)).status).toBe(403)
    expect((await block('maija', 1)).status).toBe(200)
    // An administrator of the organization need not be in the flow.
    expect((await block('maija', 1, false)).status).toBe(200)
    await block('maija', 1)
    expect((await block('ben', 1, false)).status).toBe(403)
  })

  test('can be anybody in the flow, and nobody else', async () => {
    for (const id of ['99', 'x', '0']) expect((await block('maija', id)).status, id).toBe(404)
    expect((await block('maija', 4, true, 'lunch-club')).status).toBe(404)
    expect((await block('rosa', 2, true, 'lunch-club')).status).toBe(403)
    expect((await box.withScopes('flow')('PUT', '/flows/acme/main/users/2', { disabled: true })).status).toBe(403)
    for (const disabled of [null, 'yes', 2]) {
      expect((await block('maija', 2, disabled)).body.errors).toEqual({ disabled: ['must be true or false'] })
    }
  })
})

describe('a user removed from the organization', () => {
  test('is in no flow any more, but keeps the account', async () => {
    await box.as('rosa')('POST', '/flows/acme/main/messages', { event: 'message', content: 'Hello' })
    await box.as('rosa')('POST', '/private/1/messages', { event: 'message', content: 'Bye' })
    expect((await remove('maija', 4)).status).toBe(204)
    expect(await ids('/organizations/acme/users')).toEqual([1, 2, 3])
    expect(await ids('/flows/acme/main/users')).toEqual([1, 2, 3])
    const rosa = box.as('rosa')
    expect((await rosa('GET', '/user')).status).toBe(200)
    for (const path of ['/flows', '/flows/all', '/organizations'])
      expect((await rosa('GET', path)).body, path).toEqual([])
    for (const path of [
      '/organizations/acme',
      '/organizations/find?id=1',
      '/organizations/acme/users',
      '/flows/acme/main/messages',
    ]) {
      expect((await rosa('GET', path)).status, path).toBe(403)
    }
    expect((await box.as('ben')('GET', '/flows/acme/main/messages')).body).toMatchObject([
      { content: 'Hello', user: '4' },
    ])
    expect((await box.as('maija')<object[]>('GET', '/private/4/messages')).body).toHaveLength(1)
    const line = { event: 'message', content: 'x' }
    expect((await box.as('maija')('POST', '/private/4/messages', line)).status).toBe(403)
    expect((await rosa('POST', '/private/1/messages', line)).status).toBe(403)
    expect((await box.as('ben')('GET', '/private/4')).status).toBe(404)
  })

  test('is removed by administrators only, and is no administrator afterwards', async () => {
    expect((await remove('ben', 4)).status).toBe(403)
    expect((await box.withScopes('flow')('DELETE', '/organizations/acme/users/4')).status).toBe(403)
    expect((await box.as('maija')('DELETE', '/organizations/none/users/4')).status).toBe(404)
    for (const id of ['99', 'x']) expect((await remove('maija', id)).status, id).toBe(404)
    expect((await remove('maija', 1)).status).toBe(403)
    expect((await remove('maija', 4)).status).toBe(204)
    expect((await remove('maija', 4)).status).toBe(404)
  })

  test('is not in the lists of pages', async () => {
    await remove('maija', 4)
    const page = parse((await new Browser(box.app).get('/app/acme/main')).body)
    expect(page.querySelectorAll('#private a').map((link) => link.getAttribute('href'))).toEqual([
      '/app/private/2',
      '/app/private/3',
    ])
  })
})

describe('the organization', () => {
  test('is renamed by an administrator', async () => {
    const { status, body } = await box.as('maija')('PUT', '/organizations/acme', { name: 'My company' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ id: 1, name: 'My company', parameterized_name: 'acme', user_count: 4, active: true },
      users: [{ id: 1, admin: true }, {}, {}, {}],
    })
    expect((await box.as('ben')('GET', '/flows/acme/main')).body).toMatchObject({
      organization: { name: 'My company' },
    })
    expect((await new Browser(box.app).get('/app/acme/main')).body).toContain('My company')
    expect((await (await openSandbox()).as('ben')('GET', '/organizations/acme')).body).toMatchObject({ name: 'Acme' })
  })

  test('is renamed by nobody else', async () => {
    expect((await box.as('ben')('PUT', '/organizations/acme', { name: 'x' })).status).toBe(403)
    expect((await box.withScopes('flow', 'profile')('PUT', '/organizations/acme', { name: 'x' })).status).toBe(403)
    expect((await box.as('maija')('PUT', '/organizations/none', { name: 'x' })).status).toBe(404)
  })

  test.each(['', ' ', null, 1, ['x'], 'x'.repeat(101)])('is not called %j', async (name) => {
    const { status, body } = await box.as('maija')('PUT', '/organizations/acme', { name })
    expect([status, body]).toMatchObject([400, { errors: { name: [expect.any(String)] } }])
  })

  test('has a billing date', async () => {
    box = await openSandbox({ clock: () => new Date('2026-12-29T12:00:00Z') })
    const subscription = { trial: false, billing_date: '2027-01-01' }
    expect((await box.as('ben')('GET', '/organizations/acme')).body).toMatchObject({ subscription })
  })
})
