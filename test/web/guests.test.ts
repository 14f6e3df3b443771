import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { day } from '../support/clock.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const poll = await createPoll(await visitor(testApp, 'Ann'))

test('a visit creates no guest and no session', async () => {
  const before = await testApp.database.prisma.person.count()
  const browser = testApp.browser()
  await browser.get(poll.path)
  expect(browser.cookies.has('polldock')).toBe(false)
  expect(await testApp.database.prisma.person.count()).toBe(before)
})

test('the first vote asks for a name, and is cast afterwards', async () => {
  const browser = testApp.browser()
  await browser.get(poll.path)
  const asked = await browser.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  expect(asked.statusCode).toBe(200)
  expect(textOf(browser, 'h1')).toBe('What is your name?')

  const form = page(browser).querySelector('main form')
  expect(form?.getAttribute('action')).toBe(`${poll.path}/ballot`)
  const choice = form?.querySelector('[name=choice]')?.getAttribute('value') ?? ''
  await browser.post(`${poll.path}/ballot`, { choice, displayName: 'Bob' })
  await browser.follow()
  expect(textsOf(browser, '.option[data-mine] .option-title')).toEqual(['Tres Bones'])
  expect(textOf(browser, '#event-list li')).toMatch(/^Bob voted for Tres Bones/)
})

test('all typed text is kept while the page asks for the name', async () => {
  const browser = testApp.browser()
  await browser.get('/polls/new')
  const typed = {
    title: 'A "quoted" <title>',
    description: 'two\nlines',
    options: ['One', 'Two', 'Three'],
    optionsOpen: 'on',
  }
  await browser.post('/polls', typed)
  const carried = page(browser).querySelectorAll('main input[type=hidden]')
  const fields = carried.map((input) => [input.getAttribute('name'), input.getAttribute('value')])
  expect(fields).toEqual([
    ['_csrf', browser.csrfToken],
    ['title', typed.title],
    ['description', typed.description],
    ['options', 'One'],
    ['options', 'Two'],
    ['options', 'Three'],
    ['optionsOpen', 'on'],
  ])
})

describe('a newcomer’s form that cannot succeed is answered before a name is asked for:', () => {
  const days = { timeZone: 'UTC', day: ['2027-12-24', '2027-12-25'] }

  test.each<[string, Record<string, string | string[]>, string, Record<string, string>, string, string]>([
    [
      'answers for no date',
      { ...days, method: 'dates' },
      'ballot',
      { graded: '' },
      '#vote .error',
      'Answer for at least one date.',
    ],
    ['no points', { method: 'score' }, 'ballot', { graded: '' }, '#vote .error', ''],
    ['no option', {}, 'ballot', {}, '#vote .error', ''],
    [
      'another poll’s option',
      {},
      'ballot',
      { choice: 'zzzzzzzzzzzz' },
      '#vote .error',
      'That is not an option of this poll.',
    ],
    ['an empty comment', {}, 'comments', { body: ' ' }, '#new-comment-error', ''],
    ['an empty option', {}, 'options', { title: ' ' }, '#new-option-error', ''],
    [
      'an option that exists',
      {},
      'options',
      { title: 'tres bones' },
      '#new-option-error',
      'This option exists already: “Tres Bones”.',
    ],
    [
      'a date without a day',
      { ...days, method: 'dates' },
      'options',
      { day: '', from: '18:00' },
      '#new-option-error',
      'The day is missing.',
    ],
  ])('%s', async (_what, asked, form, typed, place, message) => {
    const { path } = await createPoll(await visitor(testApp, 'Ann'), asked)
    const browser = testApp.browser()
    await browser.get(path)
    const people = await testApp.database.prisma.person.count()
    const { statusCode } = await browser.post(`${path}/${form}`, typed)
    expect([statusCode >= 400, statusCode < 500]).toEqual([true, true])
    expect(textOf(browser, place)).toMatch(message || /./)
    const again = await browser.post(`${path}/${form}`, { ...typed, displayName: 'Zoe' })
    expect(again.statusCode).toBe(statusCode)
    expect(await testApp.database.prisma.person.count()).toBe(people)
  })
})

test('the name page says where others see the name', async () => {
  const saidIn = async (asked: Record<string, string>) => {
    const { path, options } = await createPoll(await visitor(testApp, 'Ann'), asked)
    const browser = testApp.browser()
    await browser.get(path)
    const receipt = page(browser).querySelector('#ballot [name=receipt]')?.getAttribute('value') ?? ''
    await browser.post(`${path}/ballot`, { choice: options[0] ?? '', receipt })
    expect(textOf(browser, 'h1')).toBe('What is your name?')
    return textOf(browser, 'h1 + p')
  }
  const kept = ' This browser remembers it, and you can change it at any time.'
  expect(await saidIn({})).toBe(
    `One last step: your vote is kept until you give your name. Others see the name with your votes and comments.${kept}`,
  )
  expect(await saidIn({ anonymous: 'on' })).toBe(
    `One last step: your vote is kept until you give your name. Nobody sees who voted, or for what. Others see the name with your comments.${kept}`,
  )
})

test('a double click on the name form creates one guest with one vote', async () => {
  const browser = testApp.browser()
  await browser.get(poll.path)
  const before = await testApp.services.polls.view(poll.id)
  const fields = { choice: poll.options[0] ?? '' }
  await browser.post(`${poll.path}/ballot`, fields)
  const click = () => browser.post(`${poll.path}/ballot`, { ...fields, displayName: 'Dora' })
  const answers = await Promise.all([click(), click()])
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([303, 303])
  const { poll: after } = await testApp.services.polls.view(poll.id)
  expect(after.totalVotes).toBe(before.poll.totalVotes + 1)
})

describe('the name form', () => {
  /** A visitor at the name form, and the cookies of their browser. */
  async function asked(): Promise<{ browser: Browser; held: [string, string][]; fields: Record<string, string> }> {
    const browser = testApp.browser()
    await browser.get(poll.path)
    await browser.post(`${poll.path}/comments`, { body: 'Hello' })
    const inputs = page(browser).querySelectorAll('main form input[name]')
    const fields = Object.fromEntries(
      inputs.map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
    )
    return { browser, held: [...browser.cookies], fields }
  }
  const answer = (browser: Browser, fields: Record<string, string>, displayName: string) =>
    browser.post(`${poll.path}/comments`, { ...fields, displayName })
  async function nameIn(browser: Browser): Promise<string> {
    await browser.get('/me')
    return page(browser).querySelector('#name')?.getAttribute('value') ?? 'nobody'
  }

  test('gives no access after its session has ended, even with all cookies of the browser', async () => {
    const { browser, held, fields } = await asked()
    await answer(browser, fields, 'Finn')
    expect(await nameIn(browser)).toBe('Finn')
    await testApp.database.prisma.session.deleteMany({ where: { person: { name: 'Finn' } } })
    const later = testApp.browser()
    for (const [name, value] of held) later.cookies.set(name, value)
    await answer(later, fields, 'Mallory')
    expect(await nameIn(later)).not.toBe('Finn')
  })

  test('is invalid in another browser', async () => {
    const { browser, fields } = await asked()
    await answer(browser, fields, 'Gina')
    const other = testApp.browser()
    await other.get(poll.path)
    await answer(other, { ...fields, _csrf: other.csrfToken }, 'Mallory')
    expect(await nameIn(other)).toBe('Mallory')
  })

  test('cannot use another person’s ids', async () => {
    const { browser, fields } = await asked()
    const ann = await testApp.database.prisma.person.findFirstOrThrow({ where: { name: 'Ann' } })
    const [, token = '', until = ''] = browser.cookies.get('polldock_newcomer')?.split('.') ?? []
    browser.cookies.set('polldock_newcomer', `${ann.id}.${token}.${until}.forged`)
    await answer(browser, fields, 'Mallory')
    expect(await nameIn(browser)).toBe('Mallory')
  })
})

test('an invalid name is asked for again, with the error', async () => {
  const browser = testApp.browser()
  await browser.get(poll.path)
  const { statusCode } = await browser.post(`${poll.path}/comments`, { body: 'Hello', displayName: '   ' })
  expect(statusCode).toBe(422)
  expect(textOf(browser, '#display-name-error')).toBe('Your name is missing: give it 1 to 60 characters.')
  expect(page(browser).querySelector('[name=body]')?.getAttribute('value')).toBe('Hello')
})

test('scripts cannot read the session cookie, and other sites cannot send it', async () => {
  const browser = testApp.browser()
  await browser.get('/me')
  const { headers } = await browser.post('/me/name', { displayName: 'Cleo' })
  const cookie = [headers['set-cookie']].flat().find((value) => value?.startsWith('polldock='))
  expect(cookie).toMatch(/; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/)
})

test('under https the session cookie is Secure and for this host only', async () => {
  const secure = await openTestApp({ env: { PUBLIC_URL: 'https://polls.example.org' } })
  const browser = secure.browser()
  await browser.get('/me')
  const { headers } = await browser.post('/me/name', { displayName: 'Dev' })
  const cookie = [headers['set-cookie']].flat().find((value) => value?.startsWith('__Host-polldock='))
  expect(cookie).toMatch(/; Secure;/)
  await secure.close()
})

test('a session in use is prolonged, and its cookie too', async () => {
  const aged = await openTestApp()
  const browser = await visitor(aged, 'Eve')
  aged.clock.advance(89 * day)
  const { headers } = await browser.get('/')
  expect([headers['set-cookie']].flat().join()).toContain('polldock=')
  aged.clock.advance(89 * day)
  await browser.get('/me')
  expect(page(browser).querySelector('#name')?.getAttribute('value')).toBe('Eve')
  await aged.close()
})

test('an expired session identifies nobody', async () => {
  const aged = await openTestApp()
  const browser = await visitor(aged, 'Eve')
  aged.clock.advance(91 * day)
  await browser.get('/me')
  expect(textOf(browser, 'main')).toContain('This browser does not know you yet.')
  await aged.close()
})
