import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { day } from '../support/clock.ts'
import { createPoll, page, textOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

/** The once-key of the form that is sent there, on the page shown last. */
function onceKey(browser: Browser, action: string): string {
  const form = page(browser).querySelector(`form[action="${action}"]`)
  return form?.querySelector('[name=once]')?.getAttribute('value') ?? ''
}

const lunch = (once: string, title = 'Lunch?') => ({ once, title, options: ['A', 'B'], optionsOpen: 'on' })
const countPolls = (title: string) => testApp.database.prisma.pollText.count({ where: { title } })
const countGuests = (name: string) => testApp.database.prisma.person.count({ where: { name } })

async function keyForPoll(browser = ann): Promise<string> {
  await browser.get('/polls/new')
  return onceKey(browser, '/polls')
}

test('a poll that is sent twice is created once, and both responses lead to it', async () => {
  const form = lunch(await keyForPoll(), 'Sent twice?')
  const answers = await Promise.all([ann.post('/polls', form), ann.post('/polls', form)])
  answers.push(await ann.post('/polls', form))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([303, 303, 303])
  expect(new Set(answers.map(({ headers }) => headers.location)).size).toBe(1)
  expect(await countPolls('Sent twice?')).toBe(1)
})

test('the same form with another text makes another poll', async () => {
  const once = await keyForPoll()
  const answers = [
    await ann.post('/polls', lunch(once, 'First text')),
    await ann.post('/polls', lunch(once, 'Second text')),
  ]
  expect(new Set(answers.map(({ headers }) => headers.location)).size).toBe(2)
  expect([await countPolls('First text'), await countPolls('Second text')]).toEqual([1, 1])
})

test('a refused form can be sent again unchanged', async () => {
  const { path } = await createPoll(ann, { optionsOpen: 'on' })
  const bob = await visitor(testApp, 'Bob')
  await bob.get(path)
  const form = { once: onceKey(bob, `${path}/options`), title: 'Dumplings' }
  await ann.post(`${path}/close`)
  expect((await bob.post(`${path}/options`, form)).statusCode).toBe(409)
  await ann.post(`${path}/reopen`)
  expect((await bob.post(`${path}/options`, form)).statusCode).toBe(303)
})

test('requests of one person do not count for another', async () => {
  const once = await keyForPoll()
  await ann.post('/polls', lunch(once, 'Mine and yours?'))
  const bob = await visitor(testApp, 'Bob')
  await bob.post('/polls', lunch(once, 'Mine and yours?'))
  expect(await countPolls('Mine and yours?')).toBe(2)
})

test('a comment and an option that are sent twice are added once', async () => {
  const { id, path } = await createPoll(ann)
  const [comment, option] = [`${path}/comments`, `${path}/options`]
  const said = { once: onceKey(ann, comment), body: 'Hello' }
  const added = { once: onceKey(ann, option), title: 'Dumplings' }
  const twice = [ann.post(comment, said), ann.post(comment, said), ann.post(option, added), ann.post(option, added)]
  const answers = await Promise.all(twice)
  expect(answers.map(({ headers }) => headers.location)).toEqual([
    `${path}#comments`,
    `${path}#comments`,
    `${path}#vote`,
    `${path}#vote`,
  ])
  const { poll } = await testApp.services.polls.view(id)
  expect([poll.totalComments, poll.options.length]).toEqual([1, 3])
  await expectConsistent(testApp.database, id)
})

test('a proposal and a date that are sent twice are added once', async () => {
  const dates = { method: 'dates', options: [], day: ['2026-12-24', '2026-12-25'], from: ['', ''] }
  const { id, path } = await createPoll(ann, { ...dates, optionsModerated: 'on' })
  const bob = await visitor(testApp, 'Bob')
  await bob.get(path)
  const form = { once: onceKey(bob, `${path}/options`), day: '2026-12-26', from: '', to: '', lastDay: '' }
  const answers = await Promise.all([bob.post(`${path}/options`, form), bob.post(`${path}/options`, form)])
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([303, 303])
  expect((await testApp.services.polls.view(id)).poll.proposals).toHaveLength(1)
})

test('a newcomer who gives a name twice creates one poll, as one guest', async () => {
  const eve = testApp.browser()
  await eve.post('/polls', lunch(await keyForPoll(eve), 'New here?'))
  expect(textOf(eve, 'h1')).toBe('What is your name?')
  const carried = page(eve)
    .querySelectorAll('form input[type=hidden]')
    .map((input): [string, string] => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? ''])
  const options = carried.flatMap(([name, value]) => (name === 'options' ? [value] : []))
  const form = { ...Object.fromEntries(carried), options, displayName: 'Eve once' }
  await Promise.all([eve.post('/polls', form), eve.post('/polls', form)])
  expect([await countPolls('New here?'), await countGuests('Eve once')]).toEqual([1, 1])
})

test('a name sent twice on the personal page creates one guest', async () => {
  const fay = testApp.browser()
  await fay.get('/me')
  const form = { displayName: 'Fay once' }
  await Promise.all([fay.post('/me/name', form), fay.post('/me/name', form)])
  expect(await countGuests('Fay once')).toBe(1)
})

test('an API token requested twice is one token, shown twice, and stored encrypted', async () => {
  const gil = await visitor(testApp, 'Gil')
  const form = { once: onceKey(gil, '/me/tokens'), name: 'bot' }
  const answers = await Promise.all([gil.post('/me/tokens', form), gil.post('/me/tokens', form)])
  const tokens = answers.map(({ body }) => /id="new-token"[^>]*value="([^"]+)"/.exec(body)?.[1] ?? '')
  expect(tokens[0]).toMatch(/^[\w-]{43}$/)
  expect(tokens[1]).toBe(tokens[0])
  const headers = { authorization: `Bearer ${tokens[0]}` }
  expect((await testApp.app.inject({ url: '/api/me', headers })).json()).toMatchObject({ name: 'Gil' })
  const rows = await testApp.database.prisma.apiToken.findMany({ where: { name: 'bot' } })
  expect(rows).toHaveLength(1)
  const kept = JSON.stringify(await testApp.database.prisma.idempotencyKey.findMany())
  expect([kept.includes(tokens[0] ?? '-'), kept.includes(form.once)]).toEqual([false, false])

  await gil.post(`/me/tokens/${rows[0]?.id}/revoke`)
  const again = await gil.post('/me/tokens', form)
  expect([again.statusCode, again.headers.location]).toEqual([303, '/me?done=revoked#tokens'])
  expect(await testApp.database.prisma.apiToken.count({ where: { name: 'bot' } })).toBe(0)
})

test('after a day the form creates a new poll', async () => {
  const form = lunch(await keyForPoll(), 'Tomorrow again?')
  await ann.post('/polls', form)
  testApp.clock.advance(day + 1)
  await ann.post('/polls', form)
  expect(await countPolls('Tomorrow again?')).toBe(2)
})
