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

const newScores = (fields: Record<string, string | string[]> = {}) =>
  createPoll(ann, { options: ['A', 'B', 'C'], method: 'score', ...fields })

/** The points that the sliders stand at. */
const points = (browser = ann) =>
  page(browser)
    .querySelectorAll('#scores input[type=range]')
    .map((input) => Number(input.getAttribute('value')))

/** Draws the sliders there and sends the form. */
async function give(path: string, given: number[], browser = ann): Promise<number> {
  const inputs = page(browser).querySelectorAll('#scores input[type=range]')
  const fields = inputs.map((input, place) => [input.getAttribute('name') ?? '', String(given[place])])
  const { statusCode } = await browser.post(`${path}/ballot`, Object.fromEntries(fields))
  if (statusCode === 303) await browser.follow()
  return statusCode
}

test('every option is given points, which are kept and can be changed', async () => {
  const { id, path } = await newScores()
  expect(textOf(ann, '#ballot > .hint')).toContain('Give each option 0 to 5 points')
  expect([points(), textOf(ann, '#save-scores')]).toEqual([[0, 0, 0], 'Vote'])
  await give(path, [5, 0, 3])
  expect([points(), textOf(ann, '#save-scores')]).toEqual([[5, 0, 3], 'Change my vote'])
  const bob = await visitor(testApp, 'Bob')
  await bob.get(path)
  await give(path, [0, 1, 4], bob)
  await ann.get(path)
  expect(textOf(ann, '#standing')).toBe('C leads 2 voters')
  expect(textsOf(ann, '#results .option-count')).toEqual(['2.5 of 5 5 points', '0.5 of 5 1 point', '3.5 of 5 7 points'])
  await give(path, [5, 0, 2])
  expect(textOf(ann, '#standing')).toBe('C leads 2 voters')
  expect(textsOf(ann, '#event-list p').slice(0, 2)).toEqual([
    'Ann changed the scores from A (5), B (0) and C (3) to A (5), B (0) and C (2)',
    'Bob scored A (0), B (1) and C (4)',
  ])
  await ann.post(`${path}/close`)
  await ann.follow()
  expect(textOf(ann, '#standing')).toBe('Winner: C 2 voters')
  await expectConsistent(testApp.database, id)
})

test('nothing for everything is a vote, too', async () => {
  const { path } = await newScores()
  await give(path, [0, 0, 0])
  expect(textOf(ann, '#standing')).toBe('It is a tie so far: A, B and C 1 voter')
  expect(textOf(ann, '.tie-note')).toBe('Options with equally many points are tied; no tie is broken.')
})

test('it can be taken back', async () => {
  const { id, path } = await newScores()
  await give(path, [1, 2, 3])
  expect(textOf(ann, '#scores [form=withdraw]')).toBe('Remove my vote')
  await ann.post(`${path}/ballot/withdraw`)
  await ann.follow()
  expect(points()).toEqual([0, 0, 0])
  expect(textOf(ann, '#event-list p')).toBe('Ann removed the scores A (1), B (2) and C (3)')
  await expectConsistent(testApp.database, id)
})

test('an option that is added later has no points from those who voted before', async () => {
  const { path } = await newScores()
  await give(path, [1, 2, 3])
  await ann.post(`${path}/options`, { title: 'D' })
  await ann.follow()
  expect(points()).toEqual([1, 2, 3, 0])
  await give(path, [1, 2, 3, 5])
  expect(textOf(ann, '#standing')).toBe('D leads 1 voter')
})

test.each([
  ['6', 'Give each option a whole number of points from 0 to 5.'],
  ['', 'Give each option a whole number of points from 0 to 5.'],
  ['<script>', 'Give each option a whole number of points from 0 to 5.'],
])('%j points are refused, and those before stay', async (given, message) => {
  const { path, options } = await newScores()
  await give(path, [1, 2, 3])
  expect((await ann.post(`${path}/ballot`, { [`option.${options[0]}`]: given })).statusCode).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe(message)
  expect(points()).toEqual([1, 2, 3])
})

test('points for what is no option are refused', async () => {
  const { path } = await newScores()
  expect((await ann.post(`${path}/ballot`, { 'option.zzzzzzzzzzzz': '3' })).statusCode).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe('That is not an option of this poll.')
})

test('in the list, it leads to the poll', async () => {
  const { id, path } = await newScores()
  await give(path, [1, 2, 3])
  await ann.get('/')
  expect(textOf(ann, `#poll-${id} .hint`)).toBe('Score the options')
  expect(page(ann).querySelectorAll(`#poll-${id} button`)).toEqual([])
})
