import { beforeEach, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

let poll: PagePoll

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

beforeEach(async () => {
  poll = await createPoll(ann)
})

async function vote(browser: Browser, choice: string | undefined, fields: Record<string, string> = {}) {
  return browser.post(`${poll.path}/ballot`, { choice: choice ?? '', ...fields })
}

const mine = (browser: Browser) => textsOf(browser, '.option[data-mine] .option-title')
const counts = (browser: Browser) => textsOf(browser, '#results .option-count')

test('a vote is counted and marked as mine', async () => {
  const { statusCode, headers } = await vote(ann, poll.options[1])
  expect([statusCode, headers.location]).toEqual([303, `${poll.path}#vote`])
  await ann.follow()
  expect(mine(ann)).toEqual(['Noodle Bar'])
  expect(counts(ann)).toEqual(['0% 0 votes', '100% 1 vote'])
  expect(textOf(ann, '#standing')).toBe('Noodle Bar leads 1 vote')
})

test('another vote replaces the first; one ballot remains', async () => {
  await vote(ann, poll.options[1])
  await vote(ann, poll.options[0])
  await ann.follow()
  expect(counts(ann)).toEqual(['100% 1 vote', '0% 0 votes'])
  await expectConsistent(testApp.database, poll.id)
})

test('the same vote again changes nothing and adds no event', async () => {
  await vote(ann, poll.options[0])
  await vote(ann, poll.options[0])
  await ann.follow()
  expect(textsOf(ann, '#event-list li')).toHaveLength(2)
})

test('a vote can be withdrawn', async () => {
  await vote(ann, poll.options[0])
  await ann.follow()
  await ann.post(`${poll.path}/ballot/withdraw`)
  await ann.follow()
  expect(mine(ann)).toEqual([])
  expect(textOf(ann, '#standing')).toBe('Nobody has voted yet 0 votes')
})

test('after a withdrawal the page says so once, at its top, with the focus', async () => {
  await vote(ann, poll.options[0])
  await ann.follow()
  expect(textOf(ann, '#main > .done')).toBe('')
  const { headers } = await ann.post(`${poll.path}/ballot/withdraw`)
  expect(headers.location).toBe(poll.path)
  await ann.follow()
  expect(textOf(ann, '#main > .done[role=status][autofocus]')).toBe('Your vote was withdrawn.')
  await ann.get(poll.path)
  expect(textOf(ann, '#main > .done')).toBe('')

  await ann.post(`${poll.path}/ballot/withdraw`)
  await ann.follow()
  expect(textOf(ann, '#main > .done')).toBe('')
})

test('a list says so as well', async () => {
  const { id, path, options } = await createPoll(ann)
  const click = (name: string) => ann.post(`${path}/ballot`, { [`${name}.${options[0]}`]: '', back: '/?q=lunch' })
  expect((await click('choice')).headers.location).toBe(`/?q=lunch#poll-${id}`)
  expect((await ann.follow(await click('unchoose'))).statusCode).toBe(200)
  expect(textOf(ann, '#main > .done')).toBe('Your vote was withdrawn: Where to eat lunch?')
})

test('a closed poll refuses votes, and says so with its options', async () => {
  await ann.post(`${poll.path}/close`)
  const { statusCode } = await vote(ann, poll.options[0])
  expect(statusCode).toBe(409)
  expect(textOf(ann, '#vote .error')).toBe('This poll is closed and takes no more votes.')
})

test.each([
  ['another poll', async () => (await createPoll(ann)).options[0]],
  ['nonsense', async () => '\u0000💥'],
])('the option of %s is refused', async (_name, choice) => {
  const asked = await choice()
  await ann.get(poll.path)
  const { statusCode } = await vote(ann, asked)
  expect(statusCode).toBe(422)
  expect(textOf(ann, '#vote .error')).toBe('That is not an option of this poll.')
})

test('a form without a choice asks for one, and withdraws nothing', async () => {
  expect((await vote(ann, undefined)).statusCode).toBe(422)
  expect(textOf(ann, '#choice-error[role=alert]')).toBe('Choose an option.')
})

test('a voter who unchecks everything withdraws the vote', async () => {
  await vote(ann, poll.options[0])
  await ann.follow()
  expect(page(ann).querySelector('#cast [name=hasVoted]')).not.toBeNull()
  await ann.post(`${poll.path}/ballot`, { hasVoted: 'yes' })
  await ann.follow()
  expect(mine(ann)).toEqual([])
})

test('two choices at once are refused', async () => {
  const { statusCode } = await ann.post(`${poll.path}/ballot`, { choice: poll.options })
  expect(statusCode).toBe(422)
  expect(textOf(ann, '#vote .error')).toBe('Choose only one option.')
})

test('a vote from a list returns to the list', async () => {
  const { headers } = await vote(ann, poll.options[0], { back: '/?q=lunch&status=open' })
  expect(headers.location).toBe(`/?q=lunch&status=open#poll-${poll.id}`)
})

test.each(['https://evil.example', '//evil.example', '/\\evil.example', '/polls/new'])(
  'a vote never redirects to %s',
  async (back) => {
    const { headers } = await vote(ann, poll.options[0], { back })
    expect(headers.location).toBe(`${poll.path}#vote`)
  },
)

test('a vote needs the token of the page', async () => {
  const { statusCode } = await vote(ann, poll.options[0], { _csrf: 'forged' })
  expect(statusCode).toBe(403)
  expect(textOf(ann, '.explanation')).toMatch(/^This form did not come from a page of Polldock/)
})

test('an expired form can be sent again with one click, with all its values', async () => {
  const body = 'typed for an hour\n<b>with care</b>'
  const headers = { 'sec-fetch-site': 'same-origin' }
  const { statusCode } = await ann.post(`${poll.path}/comments`, { body, _csrf: 'expired' }, headers)
  expect(statusCode).toBe(403)
  expect(textOf(ann, 'h1')).toBe('Please send that again')
  const carried = page(ann).querySelector('main [name=body]')?.getAttribute('value') ?? ''
  await ann.post(page(ann).querySelector('main form')?.getAttribute('action') ?? '', { body: carried })
  await ann.follow()
  expect(page(ann).querySelector('.comment .body')?.textContent).toBe(body)
})

test.each([
  ['sec-fetch-site', 'cross-site'],
  ['origin', 'https://evil.example'],
])('a forged form (%s: %s) is not offered again', async (header, value) => {
  await ann.post(`${poll.path}/comments`, { body: 'Forged', _csrf: '' }, { [header]: value })
  expect(page(ann).querySelector('main form')).toBeNull()
})
