import { beforeEach, expect, test } from 'vitest'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { TestClock } from '../../support/clock.ts'
import { openPairedApp, signedIn, through, userCalled } from '../../support/flowdock.ts'
import { pickAs } from '../../support/flowdock-actions.ts'
import { page, textOf, textsOf, visitor } from '../../support/pages.ts'
import { createPerson, createPoll, expectConsistent } from '../../support/polls.ts'

const clock = new TestClock()
let poll: Poll
let ben: Browser

const paired = await closedAtEnd(openPairedApp({ clock }))

beforeEach(async () => {
  await paired.database.prisma.chatAccount.deleteMany()
  await paired.database.prisma.unlinkedAccount.deleteMany()
  poll = await createPoll(paired.services.ballotBox, await createPerson(paired.database))
  ben = await signedIn(paired, 'ben')
  await vote(ben)
})

async function vote(browser: Browser, option = 0): Promise<void> {
  await browser.get('/polls/new')
  await browser.post(`/polls/${poll.id}/ballot`, { choice: poll.options[option]?.id ?? '' })
}

async function votes(): Promise<number[]> {
  await expectConsistent(paired.database, poll.id)
  return (await paired.services.polls.view(poll.id)).poll.options.map((option) => option.votes)
}

/** Picks the vote for an option in Flowdock. */
async function pick(option: number) {
  const place = `${poll.id}/ballot/${poll.options[option]?.id}?revision=1`
  return pickAs(paired, String(userCalled(paired, 'ben').id), place)
}

const unlinkPath = (browser: Browser) =>
  page(browser).querySelector('a[aria-label^=Unlink]')?.getAttribute('href') ?? ''

async function unlink(browser: Browser): Promise<void> {
  await browser.get('/me')
  const path = unlinkPath(browser)
  await browser.get(path)
  await browser.post(path)
  await browser.follow()
}

test('the personal page shows the account, and since when', async () => {
  await ben.get('/me')
  expect(textsOf(ben, '[aria-labelledby=accounts-heading] li')).toEqual([
    expect.stringMatching(/^Ben Okafor in Flowdock linked just now Unlink$/),
  ])
})

test('a guest has no account, and can sign in', async () => {
  const guest = await visitor(paired, 'Guest')
  expect(unlinkPath(guest)).toBe('')
  expect(textOf(guest, '[aria-labelledby=accounts-heading]')).toContain('Sign in with Flowdock')
})

test('needs a confirmation that says what happens', async () => {
  await ben.get('/me')
  await ben.get(unlinkPath(ben))
  expect(textOf(ben, 'h1')).toBe('Unlink Ben Okafor in Flowdock?')
  expect(textOf(ben, 'main form')).toContain('Your votes, polls and comments stay, and this browser still knows you')
  expect(await paired.database.prisma.chatAccount.count()).toBe(1)
})

test('keeps the votes and the name in this browser, and ends everything else', async () => {
  await unlink(ben)
  expect(textOf(ben, '.done')).toContain('Your votes are still yours.')
  expect(textOf(ben, 'nav bdi')).toBe('Ben Okafor')
  expect(await votes()).toEqual([1, 0, 0])
  await vote(ben, 1)
  expect(await votes()).toEqual([0, 1, 0])
  await ben.get('/connections')
  expect(textOf(ben, '.empty')).toContain('Sign in with Flowdock')
})

test('the next click in Flowdock asks to link again, and uses the same ballot', async () => {
  expect((await pick(1)).statusCode).toBe(200)
  await unlink(ben)
  const { statusCode, headers } = await pick(2)
  expect(statusCode).toBe(401)
  const { pathname, search } = new URL(/url=(.*)/.exec(String(headers['www-authenticate']))?.[1] ?? '')
  await through(paired, paired.browser(), pathname + search, { as: 'ben' })
  expect(await votes()).toEqual([0, 0, 1])
})

test('unlinking gives nobody a second vote in another browser', async () => {
  await unlink(ben)
  const elsewhere = await signedIn(paired, 'ben')
  await vote(elsewhere, 1)
  expect(await votes()).toEqual([0, 1, 0])
})

test('a person who has linked another account meanwhile keeps their identity', async () => {
  await unlink(ben)
  await through(paired, ben, '/auth/flowdock', { as: 'rosa' })
  const elsewhere = await signedIn(paired, 'ben')
  await vote(elsewhere, 1)
  expect(await votes()).toEqual([1, 1, 0])
})

test('unlinking twice changes nothing more', async () => {
  await ben.get('/me')
  const path = unlinkPath(ben)
  const answers = await Promise.all([ben.post(path), ben.post(path)])
  expect(answers.map(({ statusCode, headers }) => [statusCode, headers.location])).toEqual([
    [303, '/me?done=unlinked'],
    [303, '/me?done=unlinked'],
  ])
  expect(await paired.database.prisma.unlinkedAccount.count()).toBe(1)
})

test('only the owner unlinks, with the CSRF token', async () => {
  await ben.get('/me')
  const path = unlinkPath(ben)
  const rosa = await signedIn(paired, 'rosa')
  expect((await rosa.get(path)).statusCode).toBe(404)
  await rosa.post(path)
  expect((await ben.post(path, { _csrf: '' })).statusCode).toBe(403)
  expect(await paired.database.prisma.chatAccount.count()).toBe(2)
})
