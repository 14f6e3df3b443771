import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

let testApp: TestApp
let ann: Browser

beforeAll(async () => {
  testApp = await openTestApp()
  ann = await visitor(testApp, 'Ann')
})

afterAll(() => testApp.close())

const mine = () => textsOf(ann, '#results .option[data-mine] .option-title')
const buttons = () => page(ann).querySelectorAll('#results button')

/** Clicks the button of the option at this place, as the page shows it. */
async function click(path: string, place: number) {
  const button = buttons()[place]
  const { statusCode } = await ann.post(`${path}/ballot`, {
    [button?.getAttribute('name') ?? '']: button?.getAttribute('value') ?? '',
  })
  if (statusCode === 303) await ann.follow()
  return statusCode
}

const several = (fields: Record<string, string> = {}) =>
  createPoll(ann, { options: ['A', 'B', 'C'], method: 'multiple_choice', ...fields })

test('each option is chosen and withdrawn separately', async () => {
  const { id, path } = await several()
  expect(textOf(ann, '#how-to-vote')).toContain('Choose as many options as you like')
  await click(path, 2)
  await click(path, 0)
  expect(mine()).toEqual(['A', 'C'])
  expect(textsOf(ann, '#results .option-count')).toEqual(['100% 1 vote', '0% 0 votes', '100% 1 vote'])
  expect(textOf(ann, '#standing .total')).toBe('1 voter')
  await click(path, 2)
  expect(mine()).toEqual(['A'])
  await click(path, 0)
  expect(mine()).toEqual([])
  expect(textsOf(ann, '#event-list p')).toEqual([
    'Ann withdrew the vote for A',
    'Ann changed the vote from A and C to A',
    'Ann changed the vote from C to A and C',
    'Ann voted for C',
    'Ann created the poll',
  ])
  await expectConsistent(testApp.database, id)
})

test('a double click, or one on an old page, sets the same choice', async () => {
  const { path, options } = await several()
  for (const _ of [1, 2]) await ann.post(`${path}/ballot`, { choose: options[1] ?? '' })
  await ann.get(path)
  expect(mine()).toEqual(['B'])
})

test('more choices than allowed are refused with advice, and the vote stays', async () => {
  const { path } = await several({ maxChoices: '2' })
  expect(textOf(ann, '#how-to-vote')).toContain('Choose up to 2 options')
  await click(path, 0)
  await click(path, 1)
  expect(await click(path, 2)).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe('Choose at most 2 options: withdraw one before you choose another.')
  expect(mine()).toEqual(['A', 'B'])
})

test('in the list, too, a button sets its choice', async () => {
  const { id, path } = await several()
  await click(path, 0)
  await ann.get('/')
  const names = page(ann)
    .querySelectorAll(`#poll-${id} button`)
    .map((button) => button.getAttribute('name')?.split('.')[0])
  expect(names).toEqual(['unchoose', 'choose', 'choose'])
})

test.each([
  ['0', 'Enter 2 or more. For 1, let people choose one option (single_choice).'],
  ['51', 'A poll holds at most 50 options.'],
  ['2.5', 'Enter how many options a voter may choose: a whole number from 2 to 50, or leave it empty.'],
  ['two', 'Enter how many options a voter may choose: a whole number from 2 to 50, or leave it empty.'],
])('the maximum number of choices cannot be %s', async (maxChoices, message) => {
  await ann.get('/polls/new')
  const typed = { title: 'Which?', options: ['A', 'B'], method: 'multiple_choice', maxChoices }
  expect((await ann.post('/polls', typed)).statusCode).toBe(422)
  expect(textOf(ann, '#max-choices-error')).toBe(message)
  expect(page(ann).querySelector('#maxChoices')?.getAttribute('value')).toBe(maxChoices)
  expect(page(ann).querySelector('[value=multiple_choice]')?.hasAttribute('checked')).toBe(true)
})

test('single choice ignores the maximum', async () => {
  await createPoll(ann, { method: 'single_choice', maxChoices: 'many' })
  expect(textOf(ann, '#how-to-vote')).toContain('Choose one option.')
})
