import { expect, test } from 'vitest'
import { tokenHash } from '../../src/people/model/ids.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { link, openActionsApp } from '../support/flowdock-actions.ts'
import { createPoll, type PagePoll, page, textOf, visitor } from '../support/pages.ts'
import { picks } from '../support/picks.ts'

const lines: string[] = []

const testApp = await closedAtEnd(openActionsApp({ LOG_LEVEL: 'info' }, { log: { write: (line) => lines.push(line) } }))

/** A guest with a poll, and the token of the private link that its page shows. */
async function guest(name: string) {
  const browser = await visitor(testApp, name)
  const poll = await createPoll(browser)
  const url = page(browser).querySelector('#private-link')?.getAttribute('value') ?? ''
  const person = await testApp.database.prisma.person.findFirstOrThrow({
    where: { name },
    select: { id: true, name: true },
  })
  return { browser, poll, url, token: url.split('#')[1] ?? '', person }
}

async function open(browser: Browser, key: string, fields: Record<string, string> = {}) {
  await browser.get('/private-link')
  return browser.post('/private-link', { key, ...fields })
}

const creatorOf = async ({ id }: PagePoll) => (await testApp.services.polls.view(id)).poll.createdBy.name

test('opening the link changes nothing, and the token is in no address, no log and not in the database', async () => {
  const { url, token, person } = await guest('Ann')
  expect(new URL(url).pathname).toBe('/private-link')
  const { prisma } = testApp.database
  const stored = () => prisma.signInLink.findUniqueOrThrow({ where: { personId: person.id } })
  const before = await stored()
  expect(Buffer.from(before.tokenHash).toString('hex')).toBe(tokenHash(token))
  const phone = testApp.browser()
  const { headers } = await phone.get('/private-link')
  expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
  expect([await stored(), await prisma.session.count({ where: { personId: person.id } })]).toEqual([before, 1])

  expect((await open(phone, url)).headers.location).toBe('/me')
  await phone.follow()
  expect(textOf(phone, '.done')).toBe('You are Ann in this browser now. Your polls and votes are here, too.')
  expect(lines.filter((line) => line.includes('/private-link')).length).toBeGreaterThan(0)
  expect(lines.filter((line) => line.includes(token))).toEqual([])
})

test('what is no link is refused next to the field, without a session', async () => {
  const browser = testApp.browser()
  for (const key of ['', 'x', 'https://example.org/private-link#\0', '#'.repeat(3_000), '\u202E💥'])
    expect((await open(browser, key)).statusCode).toBe(422)
  expect(textOf(browser, '#key-error')).toContain('This link no longer works.')
  expect(browser.cookies.has('polldock')).toBe(false)
})

test('once the guest has signed in, the link no longer works', async () => {
  const { token, person } = await guest('Bob')
  await link(testApp, 'bob', person)
  expect((await open(testApp.browser(), token)).statusCode).toBe(422)
})

test('a person who has signed in takes over the guest of a link, once they agree', async () => {
  const [cem, dan] = [await guest('Cem'), await guest('Dan')]
  await link(testApp, 'dan', dan.person)
  await open(dan.browser, cem.token)
  expect(textOf(dan.browser, 'h1')).toBe('Become Dan in this browser?')
  expect(await creatorOf(cem.poll)).toBe('Cem')
  expect((await open(dan.browser, cem.token, { merge: 'yes' })).statusCode).toBe(303)
  expect(await creatorOf(cem.poll)).toBe('Dan')
  await dan.browser.get(dan.poll.path)
  expect(textOf(dan.browser, '#creator-heading')).toBe('Your poll')
  expect((await open(testApp.browser(), cem.token)).statusCode).toBe(422)
})

test('the vote of a guest that was set aside stays set aside when two guests become one', async () => {
  const { ballotBox, polls } = testApp.services
  const [eve, fay, gus] = [await guest('Eve'), await guest('Fay'), await guest('Gus')]
  await fay.browser.get(gus.poll.path)
  await fay.browser.post(`${gus.poll.path}/ballot`, { choice: gus.poll.options[0] ?? '' })
  await ballotBox.submit({ pollId: gus.poll.id, command: { type: 'edit', by: gus.person, votersSignedIn: true } })

  expect((await open(fay.browser, eve.token, { merge: 'yes' })).statusCode).toBe(303)
  const view = await polls.view(gus.poll.id, eve.person.id)
  expect([view.setAside, view.poll.totalVotes]).toEqual([picks(gus.poll.options[0]), 0])
  expect(view.poll.options.map(({ votes }) => votes)).toEqual([0, 0])
})

test('people who have signed in need no link', async () => {
  const { browser, person } = await guest('Hal')
  await link(testApp, 'hal', person)
  await browser.get('/me')
  expect(page(browser).querySelector('#private-link')).toBeNull()
  expect((await browser.post('/me/private-link')).statusCode).toBe(403)
})

test('a new link is shown once, and a reload of the page keeps it working', async () => {
  const { browser, token: former } = await guest('Uma')
  await browser.get('/me')
  expect((await browser.post('/me/private-link')).headers.location).toBe('/me#private-link')
  await browser.follow()
  const url = page(browser).querySelector('#new-private-link')?.getAttribute('value') ?? ''
  await browser.get('/me')
  expect(page(browser).querySelector('#new-private-link')).toBeNull()
  expect((await open(testApp.browser(), url)).headers.location).toBe('/me')
  expect((await open(testApp.browser(), former)).statusCode).toBe(422)
})
