import { expect, test } from 'vitest'
import { personSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())

test('a newcomer becomes a guest by giving a name', async () => {
  const response = await new Client(testApp.app).send('POST', '/guests', { name: '  Ada \n Lovelace ' })
  expect(response.statusCode).toBe(201)
  expect(response.headers['cache-control']).toBe('no-store')
  const { person, token } = response.json()
  expect(personSchema.parse(person).name).toBe('Ada Lovelace')
  const me = await new Client(testApp.app, { authorization: `Bearer ${token}` }).get('/me')
  expect(me.json()).toEqual(person)
  expect(me.headers['cache-control']).toBe('no-store')
})

test('a guest needs a name', async () => {
  const { errors } = expectProblem(
    await new Client(testApp.app).send('POST', '/guests', { name: ' ' }),
    'invalid_input',
  )
  expect(errors).toEqual([{ path: 'name', message: expect.stringContaining('Your name is missing') }])
})

test('a guest’s token is listed on their profile', async () => {
  const guest = await newGuest(testApp.app)
  expect(await testApp.services.tokens.list(guest.id)).toMatchObject([{ name: 'API guest' }])
})

test('a request without a session or token has no profile', async () => {
  const response = await new Client(testApp.app).get('/me')
  expectProblem(response, 'unauthenticated')
  expect(response.headers['www-authenticate']).toBe('Bearer realm="Polldock"')
})

test.each(['Bearer unknown', 'bearer', 'Bearer ', 'Bearer a b', 'Bearer ÿ', 'Bearer,'])(
  'a bad token is refused: %s',
  async (authorization) => {
    const response = await new Client(testApp.app, { authorization }).get('/polls')
    expectProblem(response, 'unauthenticated')
    expect(response.headers['www-authenticate']).toBe('Bearer realm="Polldock", error="invalid_token"')
  },
)

test('a revoked token is refused at once', async () => {
  const guest = await newGuest(testApp.app)
  const [token] = await testApp.services.tokens.list(guest.id)
  await testApp.services.tokens.revoke(guest.id, token?.id ?? '')
  expectProblem(await guest.get('/me'), 'unauthenticated')
})

test('other authorization schemes, such as a proxy’s, are ignored', async () => {
  const response = await new Client(testApp.app, { authorization: 'Basic YTpi' }).get('/polls')
  expect(response.statusCode).toBe(200)
})

test('a change needs a known person', async () => {
  expectProblem(await new Client(testApp.app).send('POST', '/polls', { nonsense: true }), 'unauthenticated')
})

/** A signed-in browser that has seen a page. */
async function openBrowser() {
  const person = await testApp.services.people.createGuest('Grace')
  const { token } = await testApp.services.sessions.start(person, false)
  const browser = testApp.browser()
  browser.cookies.set('polldock', token)
  await browser.get('/polls/new')
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return { person, cookie, csrf: browser.csrfToken }
}

const poll = { title: 'Lunch?', options: ['Noodles', 'Soup'] }

test('a session allows changes with its CSRF token', async () => {
  const { person: guest, cookie, csrf } = await openBrowser()
  const person = { ...guest, isGuest: true }
  expect((await new Client(testApp.app, { cookie }).get('/me')).json()).toEqual(person)
  const made = await new Client(testApp.app, { cookie, 'x-csrf-token': csrf }).send('POST', '/polls', poll)
  expect(made.statusCode).toBe(201)
  expect(made.json().createdBy).toEqual(person)
})

test('a session without a CSRF token allows no changes', async () => {
  const { cookie, csrf } = await openBrowser()
  const client = new Client(testApp.app, { cookie })
  expectProblem(await client.send('POST', '/polls', poll), 'csrf_failed')
  expectProblem(await client.send('POST', '/polls', poll, { 'x-csrf-token': `${csrf}x` }), 'csrf_failed')
  expectProblem(await client.send('POST', '/polls', { ...poll, _csrf: csrf }), 'csrf_failed')
  const session = cookie.split('; ').find((pair) => pair.startsWith('polldock=')) ?? ''
  expectProblem(await new Client(testApp.app, { cookie: session }).send('POST', '/polls', poll), 'csrf_failed')
})

test('an API token needs no CSRF token, and takes precedence over the session', async () => {
  const { cookie } = await openBrowser()
  const guest = await newGuest(testApp.app)
  const made = await guest.send('POST', '/polls', poll, { cookie })
  expect(made.statusCode).toBe(201)
  expect(made.json().createdBy.id).toBe(guest.id)
})

test('a bad token does not fall back to the session', async () => {
  const { cookie, csrf } = await openBrowser()
  const client = new Client(testApp.app, { cookie, 'x-csrf-token': csrf, authorization: 'Bearer unknown' })
  expectProblem(await client.get('/me'), 'unauthenticated')
  expectProblem(await client.send('POST', '/polls', poll), 'unauthenticated')
})
