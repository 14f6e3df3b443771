import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

let testApp: TestApp
let ada: Browser
let bob: Browser
let eve: Browser

beforeAll(async () => {
  testApp = await openTestApp()
  ada = await visitor(testApp, 'Ada')
  bob = await visitor(testApp, 'Bob')
  eve = await visitor(testApp, 'Eve')
})

afterAll(() => testApp.close())

const named = (names: string, fields = {}) => createPoll(ada, { roll: names, ...fields })

test('those who are named vote, nobody else does, and the last of them closes the poll', async () => {
  const poll = await named('Ada\r\n\r\n  bob \r\n')
  expect(textOf(ada, '#standing .total')).toBe('0 of 2 votes')
  expect(textOf(ada, '#ballot .hint')).toContain('Only people on its list can vote.')
  await eve.get(poll.path)
  expect((await eve.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })).statusCode).toBe(403)
  expect(textOf(eve, '#vote [role=alert]')).toContain('Eve is not on it. Ask Ada.')
  for (const voter of [ada, bob]) {
    await voter.get(poll.path)
    await voter.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
    await voter.follow()
  }
  expect(textOf(bob, '#standing')).toContain('Winner: Tres Bones')
  expect(textsOf(bob, '#event-list li')[0]).toContain('Ada closed the poll as all had voted')
})

test('the list is the creator’s, with who has voted', async () => {
  const poll = await named('Ada\nbob@example.org')
  await ada.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  await ada.follow()
  expect(textsOf(ada, '.roll li')).toEqual(['Ada Voted', 'bob@example.org'])
  await bob.get(poll.path)
  expect(bob.page?.body).not.toContain('bob@example.org')
})

test('in an anonymous poll, without who has voted', async () => {
  const poll = await named('Ada\nBob\nEve', { anonymous: 'on' })
  const receipt = page(ada).querySelector('#ballot input[name=receipt]')?.getAttribute('value') ?? ''
  await ada.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '', receipt })
  await ada.follow()
  expect(textsOf(ada, '.roll li')).toEqual(['Ada', 'Bob', 'Eve'])
})

test.each([
  ['Ada\nADA ', '#roll-error', 'ADA is named twice.'],
  [`Ada\n${'x'.repeat(255)}`, '#roll-error', 'A name on the list is too long'],
  [Array.from({ length: 201 }, (_, index) => `Voter ${index}`).join('\n'), '#roll-error', 'At most 200 people'],
])('what is wrong with the list is said beside it, and it is kept: %#', async (roll, place, message) => {
  await ada.get('/polls/new')
  const fields = { title: 'Who?', options: ['Yes', 'No'], roll }
  expect((await ada.post('/polls', fields)).statusCode).toBe(422)
  expect(textOf(ada, place)).toContain(message)
  expect(page(ada).querySelector('#roll')?.textContent).toBe(roll)
  expect(page(ada).querySelector('#rules')?.hasAttribute('open')).toBe(true)
})

test('a number beside the list has to be that of the list', async () => {
  await ada.get('/polls/new')
  await ada.post('/polls', { title: 'Who?', options: ['Yes', 'No'], roll: 'Ada\nBob', electorate: '3' })
  expect(textOf(ada, '#electorate-error')).toContain('leave it out')
})
