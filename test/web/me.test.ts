import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

let testApp: TestApp
let ann: Browser

beforeAll(async () => {
  testApp = await openTestApp()
  ann = await visitor(testApp, 'Ann')
})

afterAll(() => testApp.close())

async function makeToken(name: string): Promise<string> {
  await ann.get('/me')
  await ann.post('/me/tokens', { name })
  return page(ann).querySelector('#new-token')?.getAttribute('value') ?? ''
}

function revokeForm(name: string): string {
  const button = page(ann).querySelector(`button[aria-label="Revoke the token ${name}"]`)
  return button?.closest('form')?.getAttribute('action') ?? ''
}

const whoIs = (token: string) => testApp.app.inject({ url: '/api/me', headers: { authorization: `Bearer ${token}` } })

test('the name can be changed', async () => {
  const browser = await visitor(testApp, 'Zoe')
  await browser.post('/me/name', { name: 'Zoë' })
  await browser.follow()
  expect(textOf(browser, 'nav bdi')).toBe('Zoë')
  expect(textOf(browser, '.done')).toBe('Your name was saved.')
})

test('an invalid name comes back as typed', async () => {
  const browser = await visitor(testApp, 'Zoe')
  const { statusCode } = await browser.post('/me/name', { name: 'x'.repeat(61) })
  expect(statusCode).toBe(422)
  expect(page(browser).querySelector('#name')?.getAttribute('value')).toBe('x'.repeat(61))
  expect(textOf(browser, '#name-error')).toContain('too long')
})

test('the page lists the person’s polls', async () => {
  await createPoll(ann, { title: 'Mine' })
  await createPoll(await visitor(testApp, 'Bob'), { title: 'Of Bob' })
  await ann.get('/me')
  expect(textsOf(ann, '.rows .question')).toEqual(['Mine'])
})

test('the table finds polls by their words and status, and the polls in which the person voted', async () => {
  const cem = await visitor(testApp, 'Cem')
  const lunch = await createPoll(cem, { title: 'Lunch on Monday' })
  const dinner = await createPoll(cem, { title: 'Dinner on Friday' })
  const others = await createPoll(ann, { title: 'Of Ann' })
  await cem.get(others.path)
  await cem.post(`${others.path}/ballot`, { choice: others.options[0] ?? '' })
  await cem.post(`${lunch.path}/close`)
  await cem.post(`${lunch.path}/archive`)
  const listed = async (query: string) => {
    await cem.get(`/me?${query}`)
    return textsOf(cem, '.rows .question a')
  }
  expect(await listed('')).toEqual(['Dinner on Friday', 'Lunch on Monday'])
  expect(await listed('q=friday')).toEqual(['Dinner on Friday'])
  expect(await listed('status=open')).toEqual(['Dinner on Friday'])
  expect(await listed('status=closed')).toEqual([])
  expect(await listed('status=archived')).toEqual(['Lunch on Monday'])
  expect(await listed('list=voted')).toEqual(['Of Ann'])
  expect(textOf(cem, '.rows .own')).toBe('Your vote: Tres Bones')
  expect(textsOf(cem, '.rows button')).toEqual([])
  await cem.post(`/polls/${dinner.id}/close`, { back: '/me?q=friday' })
  expect(cem.page?.headers.location).toBe('/me?q=friday')
  await cem.follow()
  expect(textOf(cem, '.done')).toBe('Closed: Dinner on Friday')
})

test('a token is shown once, opens the API, and is stored only as a hash', async () => {
  const token = await makeToken('Lunch bot')
  expect((await whoIs(token)).json()).toMatchObject({ name: 'Ann' })
  expect((await ann.get('/me')).body).not.toContain(token)
  expect(JSON.stringify(await testApp.database.prisma.apiToken.findMany())).not.toContain(token)
})

test('a revoked token is invalid', async () => {
  const token = await makeToken('Old bot')
  await ann.post(revokeForm('Old bot'))
  expect((await whoIs(token)).statusCode).toBe(401)
})

test('nobody revokes another person’s token', async () => {
  const token = await makeToken('Kept')
  const bob = await visitor(testApp, 'Bob')
  expect((await bob.post(revokeForm('Kept'))).statusCode).toBe(404)
  expect((await whoIs(token)).statusCode).toBe(200)
})

test('a token needs a name', async () => {
  await ann.get('/me')
  const { statusCode } = await ann.post('/me/tokens', { name: '' })
  expect(statusCode).toBe(422)
  expect(textOf(ann, '#token-error')).toBe('The name is missing: give it 1 to 60 characters.')
})

test('no cache stores the page', async () => {
  expect((await ann.get('/me')).headers['cache-control']).toBe('no-store')
})
