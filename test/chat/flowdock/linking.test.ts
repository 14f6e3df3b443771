import { SignJWT } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { deriveKey } from '../../../src/config.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { post } from '../../../src/sandbox/state/inbox.ts'
import { testSecret } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { minute, TestClock } from '../../support/clock.ts'
import {
  comeBack,
  flowCalled,
  type Nick,
  openPairedApp,
  pair,
  signedIn,
  sourcesOf,
  through,
  userCalled,
} from '../../support/flowdock.ts'
import { pickAs } from '../../support/flowdock-actions.ts'
import { flowdockToken } from '../../support/flowdock-token.ts'
import { page, textOf, visitor } from '../../support/pages.ts'
import { createPerson, createPoll, expectConsistent } from '../../support/polls.ts'

const clock = new TestClock()
let poll: Poll
let browser: Browser

const paired = await closedAtEnd(openPairedApp({ clock }))

beforeEach(async () => {
  await paired.database.prisma.chatAccount.deleteMany()
  poll = await createPoll(paired.services.ballotBox, await createPerson(paired.database))
  browser = paired.browser()
})

/** Picks the vote for an option in Flowdock. */
function pick(option = 0, as: Nick = 'ben') {
  return pickAs(paired, String(userCalled(paired, as).id), `${poll.id}/ballot/${poll.options[option]?.id}?revision=1`)
}

function send(place: string, token: string) {
  const headers = { 'flowdock-token': token }
  return paired.app.inject({ method: 'POST', url: `/flowdock/actions/polls/${place}`, headers })
}

/** The link that an unknown user gets when they pick a vote. */
async function linkFor(option = 0): Promise<string> {
  const { headers } = await pick(option)
  const { pathname, search } = new URL(/url=(.*)/.exec(String(headers['www-authenticate']))?.[1] ?? '')
  return pathname + search
}

const accounts = () => paired.database.prisma.chatAccount.count()
const said = () => [textOf(browser, 'h1'), textOf(browser, '.explanation')]
async function votes(): Promise<number[]> {
  await expectConsistent(paired.database, poll.id)
  return (await paired.services.polls.view(poll.id)).poll.options.map((option) => option.votes)
}

test('a new user follows the link, is linked, and their vote is cast', async () => {
  await through(paired, browser, await linkFor(), { as: 'ben' })
  expect(await votes()).toEqual([1, 0, 0])
  await browser.follow()
  expect(said()[0]).toBe('Linked. You voted for Pizza.')
  expect(textOf(browser, 'nav bdi')).toBe('Ben Okafor')
  expect((await pick(1)).json()).toEqual({ message: 'You changed your vote from Pizza to Sushi.' })
  expect(await votes()).toEqual([0, 1, 0])
})

describe('the page after linking', () => {
  beforeEach(async () => {
    paired.sandbox.faults.clear()
    await paired.database.prisma.connection.deleteMany()
    await pair(paired, await signedIn(paired))
  })

  const flow = () => flowCalled(paired, 'main')
  const url = () => `http://localhost:3300/polls/where-to-eat-lunch-${poll.id}`

  /** Posts to a thread, as the source of the connection. */
  function postAbout(externalUrl: string, externalId = externalUrl): void {
    const source = sourcesOf(paired).at(-1)
    if (!source) throw new Error('There is no source.')
    const status = { color: 'green', value: 'open' } as const
    const state = { title: 'A thread', body: '', externalUrl, status, fields: [], actions: [] }
    const said = {
      event: 'activity',
      author: { name: 'Ada' },
      title: 'asks',
      body: null,
      tags: [],
      uuid: null,
    } as const
    post(flow(), source, { ...said, into: { externalId }, state })
  }

  async function wayBack(): Promise<[string | undefined, string | undefined]> {
    await through(paired, browser, await linkFor(), { as: 'ben' })
    await browser.follow()
    expect(said()[0]).toBe('Linked. You voted for Pizza.')
    const back = page(browser).querySelector('.message .primary')
    return [back?.textContent?.trim(), back?.getAttribute('href')?.replace(/^http:\/\/[^/]+/, '')]
  }

  test('leads back to the thread of the poll, also behind many others', async () => {
    postAbout(url())
    const [thread] = flow().threads.list()
    clock.advance(1_000)
    for (let other = 0; other <= 100; other += 1) postAbout(`http://localhost:3300/polls/other-${other}`)
    const [text, href] = await wayBack()
    expect([text, href]).toEqual(['Back to the thread', `/app/acme/main/threads/${thread?.id}`])
    const { statusCode } = await paired.sandbox.app.inject({ url: href ?? '', headers: { accept: 'text/html' } })
    expect(statusCode).toBe(200)
  })

  test('leads to the room when Flowdock shows no thread', async () => {
    expect(await wayBack()).toEqual(['Back to Acme / Main', '/app/acme/main'])
  })

  test('leads to the room when Flowdock fails', async () => {
    postAbout(url())
    paired.sandbox.faults.set({ kind: 'hang', path: '/flows/acme/main/threads' })
    expect(await wayBack()).toEqual(['Back to Acme / Main', '/app/acme/main'])
  })
})

test('a guest links the account and keeps one ballot', async () => {
  browser = await visitor(paired, 'Lunch lover')
  await browser.get(`/polls/${poll.id}`)
  await browser.post(`/polls/${poll.id}/ballot`, { choice: poll.options[2]?.id ?? '' })
  expect(await votes()).toEqual([0, 0, 1])
  await through(paired, browser, await linkFor(), { as: 'ben' })
  await browser.follow()
  expect(said()[0]).toBe('Linked. You changed your vote from Falafel to Pizza.')
  expect(await votes()).toEqual([1, 0, 0])
})

test('another account that links casts no vote', async () => {
  browser = await visitor(paired, 'Curious')
  const session = browser.cookies.get('polldock')
  const { statusCode } = await through(paired, browser, await linkFor(), { as: 'rosa' })
  expect([statusCode, textOf(browser, 'h1')]).toEqual([403, 'Another person clicked this'])
  expect([await accounts(), await votes()]).toEqual([0, [0, 0, 0]])
  expect(browser.cookies.get('polldock')).toBe(session)
  const retry = page(browser).querySelector('.message .primary')?.getAttribute('href') ?? ''
  await through(paired, browser, retry, { as: 'ben' })
  expect([await accounts(), await votes()]).toEqual([1, [1, 0, 0]])
})

test('a person who refuses in Flowdock can try again', async () => {
  const link = await linkFor()
  await through(paired, browser, link, { as: 'ben', decision: 'deny' })
  expect(await votes()).toEqual([0, 0, 0])
  const retry = page(browser).querySelector('.message .primary')?.getAttribute('href')
  expect(retry?.replaceAll('&#x3D;', '=')).toBe(link)
})

describe('the link', () => {
  test('used again changes nothing more', async () => {
    const link = await linkFor()
    await through(paired, browser, link, { as: 'ben' })
    await pick(1)
    const other = paired.browser()
    await through(paired, other, link, { as: 'ben' })
    await other.follow()
    expect(textOf(other, 'h1')).toBe('Linked. You voted for Pizza.')
    expect(await votes()).toEqual([0, 1, 0])
  })

  test('says when the poll has closed meanwhile', async () => {
    const link = await linkFor()
    await paired.services.ballotBox.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'close' } })
    await through(paired, browser, link, { as: 'ben' })
    await browser.follow()
    expect(said()).toEqual([
      'Linked',
      expect.stringMatching(/^Polldock could not do what you picked: This poll is closed/),
    ])
    expect([await accounts(), await votes()]).toEqual([1, [0, 0, 0]])
  })

  test('says when the poll was deleted meanwhile', async () => {
    const link = await linkFor()
    await paired.services.ballotBox.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'delete' } })
    await through(paired, browser, link, { as: 'ben' })
    await browser.follow()
    expect(said()[1]).toContain('This poll was deleted.')
  })

  test('expires after 15 minutes', async () => {
    const link = await linkFor()
    clock.advance(15 * minute)
    expect((await browser.get(link)).statusCode).toBe(403)
    expect(textOf(browser, 'h1')).toBe('This link has expired')
  })

  test('expires during the sign-in, too', async () => {
    const link = await linkFor()
    clock.advance(10 * minute)
    await browser.get(link)
    clock.advance(6 * minute)
    expect((await comeBack(paired, browser, { as: 'ben' })).statusCode).toBe(403)
    expect([await accounts(), await votes()]).toEqual([0, [0, 0, 0]])
  })

  test.each([
    ['without a claim', async () => ''],
    ['with two', async () => `claim=${await claimOf()}&claim=${await claimOf()}`],
    ['with nonsense', async () => 'claim=a.b.c'],
    ['with a claim that is cut short', async () => `claim=${(await claimOf()).slice(0, -1)}`],
    ['with a claim that was made with the client secret', async () => `claim=${await forged('known to both')}`],
    ['with a claim for something else', async () => `claim=${await forged(claimKey(), 'other')}`],
    ['with Flowdock’s own token', async () => `claim=${flowdockToken('2', clock.now())}`],
  ])('%s leads nowhere', async (_name, query) => {
    expect((await browser.get(`/flowdock/link?${await query()}`)).statusCode).toBe(403)
    expect(textOf(browser, 'h1')).toBe('This link has expired')
  })

  const claimOf = async () => new URLSearchParams((await linkFor()).split('?')[1]).get('claim') ?? ''
  const claimKey = () => deriveKey(testSecret, 'flowdock claims')
  const forged = (key: string | Uint8Array, audience = 'flowdock link') =>
    new SignJWT({ actionRequest: { pollId: poll.id, goal: { kind: 'closed' }, offeredAtRevision: 1 } })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(audience)
      .setSubject('2')
      .setJti('x')
      .setExpirationTime(new Date(clock.now().getTime() + minute))
      .sign(typeof key === 'string' ? new TextEncoder().encode(key) : key)

  test('contains nothing that works as a token of Flowdock', async () => {
    expect((await send(`${poll.id}/closed`, await claimOf())).statusCode).toBe(401)
  })
})

test('the result of the action is shown in that browser only', async () => {
  const { headers } = await through(paired, browser, await linkFor(), { as: 'ben' })
  const other = paired.browser()
  await other.get(headers.location ?? '')
  expect(other.page?.headers.location).toBe('/')
  await other.get('/flowdock/linked')
  expect(other.page?.headers.location).toBe('/')
})
