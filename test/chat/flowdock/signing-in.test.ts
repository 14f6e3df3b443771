import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPairedApp, type PairedApp, signedIn, through, userCalled } from '../../support/flowdock.ts'
import { textOf, visitor } from '../../support/pages.ts'

let paired: PairedApp

beforeAll(async () => {
  paired = await openPairedApp()
})

afterAll(() => paired.close())

const people = () => paired.database.prisma.person.count()
test('somebody new becomes a person of that name', async () => {
  const before = await people()
  const browser = await signedIn(paired, 'ben')
  await browser.follow()
  expect(textOf(browser, 'nav bdi')).toBe('Ben Okafor')
  expect(await people()).toBe(before + 1)
})

test('a guest stays who they are, and is recognised in other browsers from then on', async () => {
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

test('another account of somebody who is signed in is somebody else', async () => {
  const browser = await signedIn(paired, 'maija')
  await through(paired, browser, '/auth/flowdock', { as: 'rosa' })
  await browser.follow()
  expect(textOf(browser, 'nav bdi')).toBe('Rosa Lindqvist')
})

test('the session gets a new token, and the old one opens nothing', async () => {
  const guest = await visitor(paired, 'Guest')
  const old = guest.cookies.get('polldock') ?? ''
  await through(paired, guest, '/auth/flowdock', { as: 'ben' })
  expect(guest.cookies.get('polldock')).not.toBe(old)
  const { body } = await paired.app.inject({ url: '/me', cookies: { polldock: old } })
  expect(body).toContain('This browser does not know you yet')
})

test('what Flowdock tells of the account is kept as it is now', async () => {
  await signedIn(paired, 'ben')
  const { name, email } = userCalled(paired, 'ben')
  const where = { chat_accountId: { chat: 'flowdock', accountId: String(userCalled(paired, 'ben').id) } }
  const account = await paired.database.prisma.chatAccount.findUniqueOrThrow({ where })
  expect(account).toMatchObject({ name, email, avatarUrl: `${paired.env.FLOWDOCK_API_URL}/avatars/2` })
})

test('two sign-ins at once with a new account make one person', async () => {
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
])('the name %j in Flowdock is a name here', async (name, here) => {
  const account = { chat: 'flowdock', accountId: `named ${name}`, name, email: null, avatarUrl: null }
  expect(await paired.services.chatAccounts.signIn(account, undefined)).toMatchObject({ name: here })
})

describe('signing out', () => {
  test('leaves a browser that nobody has acted in', async () => {
    const browser = await signedIn(paired, 'maija')
    await browser.follow()
    const token = browser.cookies.get('polldock') ?? ''
    await browser.post('/sign-out')
    expect(browser.cookies.has('polldock')).toBe(false)
    await browser.follow()
    expect(textOf(browser, '.empty')).toContain('Sign in with Flowdock')
    const { body } = await paired.app.inject({ url: '/me', cookies: { polldock: token } })
    expect(body).toContain('This browser does not know you yet')
  })

  test('needs the CSRF token', async () => {
    const browser = await signedIn(paired, 'maija')
    expect((await browser.post('/sign-out', { _csrf: '' })).statusCode).toBe(403)
  })
})
