import { describe, expect, test } from 'vitest'
import { openTestApp } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { openPairedApp, signedIn, through, userCalled } from '../../support/flowdock.ts'
import { page, textOf, visitor } from '../../support/pages.ts'

const paired = await closedAtEnd(openPairedApp())

const people = () => paired.database.prisma.person.count()
test('a new account becomes a person with its name', async () => {
  const before = await people()
  const browser = await signedIn(paired, 'ben')
  await browser.follow()
  expect(textOf(browser, 'nav bdi')).toBe('Ben Okafor')
  expect(await people()).toBe(before + 1)
})

test('a guest keeps their identity, and is recognised in other browsers', async () => {
  const guest = await visitor(paired, 'Lunch lover')
  await through(paired, guest, '/auth/flowdock', { as: 'chen' })
  await guest.follow()
  expect(textOf(guest, 'nav bdi')).toBe('Lunch lover')
  const other = await signedIn(paired, 'chen')
  await other.follow()
  expect(textOf(other, 'nav bdi')).toBe('Lunch lover')
})

test('a guest whose account is known becomes that person in this browser', async () => {
  await signedIn(paired, 'maija')
  const guest = await visitor(paired, 'Somebody')
  await through(paired, guest, '/auth/flowdock', { as: 'maija' })
  await guest.follow()
  expect(textOf(guest, 'nav bdi')).toBe('Maija Virtanen')
})

test('another account signs in as another person', async () => {
  const browser = await signedIn(paired, 'maija')
  await through(paired, browser, '/auth/flowdock', { as: 'rosa' })
  await browser.follow()
  expect(textOf(browser, 'nav bdi')).toBe('Rosa Lindqvist')
})

test('the session gets a new token, and the old one is invalid', async () => {
  const guest = await visitor(paired, 'Guest')
  const old = guest.cookies.get('polldock') ?? ''
  await through(paired, guest, '/auth/flowdock', { as: 'ben' })
  expect(guest.cookies.get('polldock')).not.toBe(old)
  const { body } = await paired.app.inject({ url: '/me', cookies: { polldock: old } })
  expect(body).toContain('This browser does not know you yet')
})

test('the account’s data is updated at each sign-in', async () => {
  await signedIn(paired, 'ben')
  const { name, email } = userCalled(paired, 'ben')
  const where = { chat_accountId: { chat: 'flowdock', accountId: String(userCalled(paired, 'ben').id) } }
  const account = await paired.database.prisma.chatAccount.findUniqueOrThrow({ where })
  expect(account).toMatchObject({ name, email, avatarUrl: `${paired.env.FLOWDOCK_API_URL}/avatars/2` })
})

test('two simultaneous sign-ins with a new account create one person', async () => {
  const account = { chat: 'flowdock', accountId: '77', name: 'Twin', email: null, avatarUrl: null }
  const before = await people()
  const signIn = () => paired.services.chatAccounts.signIn(account, undefined)
  const [one, two] = await Promise.all([signIn(), signIn()])
  expect(one).toEqual(two)
  expect(await people()).toBe(before + 1)
})

test.each([
  ['', 'Somebody'],
  ['\u200b', 'Somebody'],
  ['x'.repeat(61), 'x'.repeat(60)],
])('the Flowdock name %j is accepted', async (name, here) => {
  const account = { chat: 'flowdock', accountId: `named ${name}`, name, email: null, avatarUrl: null }
  expect(await paired.services.chatAccounts.signIn(account, undefined)).toMatchObject({ name: here })
})

const signInLink = (browser: Browser) => page(browser).querySelector('nav .sign-in')?.getAttribute('href')

describe('the header', () => {
  test('offers to sign in, and returns to the current page', async () => {
    const browser = paired.browser()
    await browser.get('/?status=open&q=a%26b')
    expect(textOf(browser, 'nav .sign-in')).toBe('Sign in with Flowdock')
    const { headers } = await through(paired, browser, signInLink(browser) ?? '', { as: 'ben' })
    expect(headers.location).toBe('/?status=open&q=a%26b')
    await browser.follow()
    expect([textOf(browser, 'nav bdi'), signInLink(browser)]).toEqual(['Ben Okafor', undefined])
  })

  test('offers the sign-in to guests, on every page', async () => {
    const guest = await visitor(paired, 'Guest')
    for (const path of ['/me?done=name', '/polls/new', '/nowhere', '/connections']) {
      await guest.get(path)
      expect(signInLink(guest)).toBe(`/auth/flowdock?${new URLSearchParams({ back: path })}`)
    }
  })

  test('returns to the front page from pages without an address', async () => {
    const browser = paired.browser()
    await browser.get('/auth/flowdock/callback?state=x&code=y')
    expect(signInLink(browser)).toBe('/auth/flowdock?back=%2F')
    await browser.get('/polls/new')
    await browser.post('/polls', { rows: '' })
    expect(signInLink(browser)).toBe('/auth/flowdock?back=%2F')
  })

  test('offers no sign-in without a Flowdock', async () => {
    const alone = await openTestApp()
    const browser = alone.browser()
    await browser.get('/')
    expect(signInLink(browser)).toBeUndefined()
    await alone.close()
  })

  test('does not come from the browser’s cache after the sign-in', async () => {
    const guest = await visitor(paired, 'Kept')
    const { headers } = await guest.get('/')
    const { id } = await paired.database.prisma.person.findFirstOrThrow({ where: { name: 'Kept' } })
    const account = { chat: 'flowdock', accountId: 'kept', name: 'Kept', email: null, avatarUrl: null }
    await paired.services.chatAccounts.signIn(account, { id, name: 'Kept' })
    const again = await guest.get('/', { 'if-none-match': String(headers.etag) })
    expect([again.statusCode, signInLink(guest)]).toEqual([200, undefined])
  })
})

describe.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  '/\t/evil.example',
  'javascript:alert(1)',
  'me',
  `/${'x'.repeat(2_000)}`,
])('no redirect leads to %j', (back) => {
  test('from signing in', async () => {
    const browser = paired.browser()
    const { headers } = await through(paired, browser, `/auth/flowdock?${new URLSearchParams({ back })}`)
    expect(headers.location).toBe('/connections')
  })

  test('from signing out', async () => {
    const browser = await signedIn(paired)
    await browser.follow()
    expect((await browser.post('/sign-out', { back })).headers.location).toBe('/')
  })
})

test('a person who refuses in Flowdock can try again, and still returns to the page', async () => {
  const browser = paired.browser()
  const path = '/auth/flowdock?back=%2Fpolls%2Fnew'
  await through(paired, browser, path, { decision: 'deny' })
  const retry = page(browser).querySelector('.message .primary')?.getAttribute('href')
  expect(retry?.replaceAll('&#x3D;', '=')).toBe(path)
})

describe('signing out', () => {
  async function personOf(browser: Browser): Promise<string> {
    const session = await paired.services.sessions.find(browser.cookies.get('polldock') ?? '')
    return session?.person.id ?? ''
  }

  /** What the result page of an action shows. */
  const votedIn = async (browser: Browser) => {
    const result = { isDone: true, text: 'You voted.', pollId: 'p', back: [] }
    return { kind: 'linked', personId: await personOf(browser), ...result }
  }

  test('takes one click on the personal page, for people with an account', async () => {
    const browser = await signedIn(paired, 'ben')
    await browser.get('/me')
    const form = page(browser).querySelector('form[action="/sign-out"]')
    const back = form?.querySelector('[name=back]')?.getAttribute('value') ?? ''
    expect((await browser.post('/sign-out', { back })).headers.location).toBe('/me')
    await browser.follow()
    expect(textOf(browser, 'main')).toContain('This browser does not know you yet')
    const guest = await visitor(paired, 'Guest')
    expect(page(guest).querySelector('form[action="/sign-out"]')).toBeNull()
  })

  test('gives a browser without an identity', async () => {
    const browser = await signedIn(paired, 'maija')
    await browser.follow()
    const token = browser.cookies.get('polldock') ?? ''
    await browser.post('/sign-out', { back: '/connections' })
    expect(browser.cookies.has('polldock')).toBe(false)
    await browser.follow()
    expect(textOf(browser, '.empty')).toContain('Sign in with Flowdock')
    const { body } = await paired.app.inject({ url: '/me', cookies: { polldock: token } })
    expect(body).toContain('This browser does not know you yet')
  })

  test('deletes all cookies, and the result page of an action', async () => {
    const browser = await signedIn(paired, 'ben')
    await browser.follow()
    const [csrf, secret] = [browser.cookies.get('polldock_csrf'), browser.cookies.get('polldock_pairing') ?? '']
    const purpose = await votedIn(browser)
    const key = await paired.services.signInStates.begin(secret, { purpose, accessToken: undefined })
    await browser.get(`/flowdock/linked?key=${key}`)
    expect(textOf(browser, 'main')).toContain('You voted.')
    await browser.post('/sign-out')
    expect([...browser.cookies.keys()]).toEqual([])
    await browser.get('/me')
    expect(browser.cookies.get('polldock_csrf')).not.toBe(csrf)
    browser.cookies.set('polldock_pairing', secret)
    expect((await browser.get(`/flowdock/linked?key=${key}`)).statusCode).toBe(303)
  })

  test('ends when another person signs in with the same browser', async () => {
    const browser = await signedIn(paired, 'ben')
    const csrf = browser.cookies.get('polldock_csrf')
    const purpose = await votedIn(browser)
    const secret = browser.cookies.get('polldock_pairing') ?? ''
    const key = await paired.services.signInStates.begin(secret, { purpose, accessToken: undefined })
    await through(paired, browser, '/auth/flowdock', { as: 'rosa' })
    expect((await browser.get(`/flowdock/linked?key=${key}`)).statusCode).toBe(303)
    await browser.get('/me')
    expect(browser.cookies.get('polldock_csrf')).not.toBe(csrf)
  })

  test('works from a page that was shown before a sign-out in another tab', async () => {
    const browser = await signedIn(paired, 'ben')
    await browser.get('/me')
    await browser.post('/sign-out', { back: '/me' })
    expect((await browser.post('/sign-out', { back: '/me' })).statusCode).toBe(303)
  })

  test('needs the CSRF token', async () => {
    const browser = await signedIn(paired, 'maija')
    expect((await browser.post('/sign-out', { _csrf: '' })).statusCode).toBe(403)
  })
})
