import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { minute } from '../support/clock.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

let testApp: TestApp
let ann: Browser
const polls: PagePoll[] = []

beforeAll(async () => {
  testApp = await openTestApp()
  expect((await testApp.browser().get('/')).body).toContain('Create the first poll')
  ann = await visitor(testApp, 'Ann')
  for (let n = 1; n <= 25; n++) {
    testApp.clock.advance(minute)
    polls.push(
      await createPoll(ann, {
        title: `Poll ${n}`,
        description: n === 7 ? 'with 100% of the pasta' : '',
        category: n % 5 ? '' : 'Fun & games',
      }),
    )
  }
  for (const poll of polls.slice(0, 3)) {
    testApp.clock.advance(minute)
    await ann.post(`${poll.path}/close`)
  }
})

afterAll(() => testApp.close())

const titles = (browser: Browser) => textsOf(browser, '.card h3')

test('open polls with the newest activity come first, closed ones last, each poll once', async () => {
  await ann.get('/')
  const first = titles(ann)
  await ann.get(page(ann).querySelector('a[rel=next]')?.getAttribute('href') ?? '')
  const open = Array.from({ length: 22 }, (_, index) => `Poll ${25 - index}`)
  expect([...first, ...titles(ann)]).toEqual([...open, 'Poll 3', 'Poll 2', 'Poll 1'])
  expect(textsOf(ann, '#polls h2')).toEqual(['Open polls', 'Closed polls'])
})

test('a vote brings a poll to the top, marked as voted in', async () => {
  const poll = polls[10] as PagePoll
  testApp.clock.advance(minute)
  await ann.post(`/polls/${poll.id}/ballot`, { choice: poll.options[0] ?? '', back: '/' })
  await ann.follow()
  expect(titles(ann)[0]).toBe('Poll 11')
  expect(textOf(ann, '.card .badge.voted')).toBe('You voted')
  expect(textsOf(ann, '.card .option[data-mine] .option-title')).toEqual(['Tres Bones'])
})

test('the list is filtered by status', async () => {
  await ann.get('/?status=closed')
  expect(titles(ann).sort()).toEqual(['Poll 1', 'Poll 2', 'Poll 3'])
})

test('the list is filtered by the category link of a card; search and tabs keep it', async () => {
  await ann.get('/?q=Poll+15')
  await ann.get(page(ann).querySelector('.card .category')?.getAttribute('href') ?? '')
  const inGames = ['Poll 10', 'Poll 15', 'Poll 20', 'Poll 25', 'Poll 5']
  expect(titles(ann).sort()).toEqual(inGames)
  expect(textOf(ann, '.filter')).toBe('In the category Fun & games · All categories')
  expect(page(ann).querySelector('.search [name=category]')?.getAttribute('value')).toBe('Fun & games')
  const [, open, closed] = page(ann).querySelectorAll('.tabs a')
  await ann.get(open?.getAttribute('href') ?? '')
  expect(titles(ann).sort()).toEqual(inGames)
  await ann.get(closed?.getAttribute('href') ?? '')
  expect(textOf(ann, '.empty')).toBe('No closed polls found in the category Fun & games. See all polls')
  await ann.get(page(ann).querySelector('.filter a')?.getAttribute('href') ?? '')
  expect(titles(ann).sort()).toEqual(['Poll 1', 'Poll 2', 'Poll 3'])
})

test.each(['x'.repeat(41), '\0', ' '])('an impossible category (%j) is ignored', async (category) => {
  await ann.get(`/?${new URLSearchParams({ category })}`)
  expect(titles(ann)).toHaveLength(20)
})

test.each([
  ['100% of', ['Poll 7']],
  ['poll 2', ['Poll 2', 'Poll 20', 'Poll 21', 'Poll 22', 'Poll 23', 'Poll 24', 'Poll 25']],
  ['100_ of', []],
  ['\u0000nothing', []],
])('searching for %j finds it in title or description', async (q, expected) => {
  await ann.get(`/?${new URLSearchParams({ q })}`)
  expect(titles(ann).sort()).toEqual(expected)
})

test('a search without results says so and offers a next step', async () => {
  await ann.get('/?q=zebra')
  expect(textOf(ann, '.empty')).toBe('No polls found with “zebra” in the title or description. See all polls')
})

test.each(['nonsense', Buffer.from('["open","2026-99-99 00:00:00+00","abc"]').toString('base64url')])(
  'an invalid cursor (%s) is refused',
  async (cursor) => {
    expect((await ann.get(`/?cursor=${cursor}`)).statusCode).toBe(422)
  },
)

test('a card where one can vote says who will see it, until one has voted, and no other card does', async () => {
  const [open, hidden, secret] = [
    await createPoll(ann, { title: 'Seen by all' }),
    await createPoll(ann, { title: 'Seen later', resultsVisible: 'after_closing' }),
    await createPoll(ann, { title: 'Seen by nobody', anonymous: 'on' }),
  ]
  const said = ({ id }: PagePoll) => textsOf(ann, `#poll-${id} > .muted`)
  await ann.get('/')
  expect(said(open)).toEqual(['Everybody can see who voted for what.'])
  expect(said(hidden)).toEqual([
    'When the poll closes, everybody can see who voted for what. Until then, everybody sees only who has voted.',
  ])
  expect(said(secret)).toEqual([])
  await ann.post(`/polls/${open.id}/ballot`, { choice: open.options[0] ?? '', back: '/' })
  await ann.follow()
  expect(said(open)).toEqual([])
})

test('viewers of the same list see their own votes, and each can send its forms', async () => {
  const poll = await createPoll(ann, { title: 'Shared' })
  const browsers = [await visitor(testApp, 'Bob'), await visitor(testApp, 'Cem'), testApp.browser()] as const
  const [bob, cem, stranger] = browsers
  const marked = (browser: Browser) => textsOf(browser, `#poll-${poll.id} [data-mine] .option-title`)
  const tokens = (browser: Browser, selector: string, name: string) =>
    new Set(
      page(browser)
        .querySelectorAll(selector)
        .map((field) => field.getAttribute(name)),
    )
  for (const browser of browsers) await browser.get('/')
  await bob.post(`/polls/${poll.id}/ballot`, { choice: poll.options[0] ?? '', back: '/' })
  for (const browser of browsers) await browser.get('/')
  expect(browsers.map(marked)).toEqual([['Tres Bones'], [], []])
  for (const browser of browsers) {
    const own = tokens(browser, '[name=csrf-token]', 'content')
    expect([own.size, tokens(browser, '[name=_csrf]', 'value')]).toEqual([1, own])
  }
  await cem.post(`/polls/${poll.id}/ballot`, { choice: poll.options[1] ?? '', back: '/' })
  await cem.follow()
  expect([cem, stranger].map(marked)).toEqual([['Noodle Bar'], []])
  expect(page(stranger).querySelector('form[hx-boost]')).toBeNull()
  expect(page(cem).querySelector(`form[hx-target="#poll-${poll.id}"]`)).not.toBeNull()
})

test('a card without buttons is in no form', async () => {
  const poll = await createPoll(ann, { title: 'Many', options: ['A', 'B', 'C', 'D', 'E'] })
  await ann.get('/')
  expect(page(ann).querySelector(`#poll-${poll.id} a`)).not.toBeNull()
  expect(page(ann).querySelector(`[action="/polls/${poll.id}/ballot"]`)).toBeNull()
})
