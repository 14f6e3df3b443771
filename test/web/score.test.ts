import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

const newScores = (fields: Record<string, string | string[]> = {}) =>
  createPoll(ann, { options: ['A', 'B', 'C'], method: 'score', ...fields })

const groups = (browser: Browser) => page(browser).querySelectorAll('#scores .points')

/** The points that are chosen for each option; undefined where none are. */
const points = (browser = ann) =>
  groups(browser).map((group) => group.querySelector('input[checked]')?.getAttribute('value'))

/** Chooses these points, where there are any, and sends the form. */
async function give(path: string, given: (number | '' | undefined)[], browser = ann): Promise<number> {
  const names = groups(browser).map((group) => group.querySelector('input')?.getAttribute('name') ?? '')
  const fields = names.flatMap((name, place) => (given[place] === undefined ? [] : [[name, String(given[place])]]))
  const { statusCode } = await browser.post(`${path}/ballot`, Object.fromEntries(fields))
  if (statusCode === 303) await browser.follow()
  return statusCode
}

test('a voter gives points to every option, and can change them', async () => {
  const { id, path } = await newScores()
  expect(textOf(ann, '#how-to-vote')).toContain('Give options 0 to 5 points')
  expect([points(), textOf(ann, '#save-scores')]).toEqual([[undefined, undefined, undefined], 'Save my points'])
  await give(path, [5, 0, 3])
  expect([points(), textOf(ann, '#save-scores')]).toEqual([['5', '0', '3'], 'Save my points'])
  const bob = await visitor(testApp, 'Bob')
  await bob.get(path)
  await give(path, [0, 1, 4], bob)
  await ann.get(path)
  expect(textOf(ann, '#standing')).toBe('C leads 2 voters')
  expect(textsOf(ann, '#results .option-count')).toEqual(['2.5 of 5 5 points', '0.5 of 5 1 point', '3.5 of 5 7 points'])
  await give(path, [5, 0, 2])
  expect(textOf(ann, '#standing')).toBe('C leads 2 voters')
  expect(textsOf(ann, '#event-list p').slice(0, 2)).toEqual([
    'Ann gave points: A (5), B (0) and C (2)',
    'Bob gave points: A (0), B (1) and C (4)',
  ])
  await ann.post(`${path}/close`)
  await ann.follow()
  expect(textOf(ann, '#standing')).toBe('Winner: C 2 voters')
  await expectConsistent(testApp.database, id)
})

test('options with equally many points are tied', async () => {
  const { path } = await newScores()
  await give(path, [3, 0, 3])
  expect(textOf(ann, '#standing')).toBe('It is a tie so far: A and C 1 voter')
  expect(textOf(ann, '.tie-note')).toBe('Options with the same number of points are tied. Ties are not broken.')
})

test.each([
  ['untouched', []],
  ['in which each option is left out, as a text browser does by itself', ['', '', ''] as const],
])('a form %s is an invalid ballot', async (_how, given) => {
  const { path } = await newScores()
  expect(await give(path, [...given])).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe('Give at least one option 0 to 5 points, or withdraw your vote.')
  expect(textOf(ann, '#standing')).toBe('Nobody has voted yet 0 voters')
})

test('the first button of each option, which some text browsers preselect, leaves it out', async () => {
  await newScores()
  const first = groups(ann).map((group) => group.querySelector('input')?.getAttribute('value'))
  expect(first).toEqual(['', '', ''])
})

test('an option can be left out again', async () => {
  const { id, path } = await newScores()
  await give(path, [1, 2, 3])
  await give(path, [1, '', 3])
  expect(points()).toEqual(['1', undefined, '3'])
  expect(textOf(ann, '#event-list p')).toBe('Ann gave points: A (1) and C (3)')
  await expectConsistent(testApp.database, id)
})

test('0 points for every option are a vote, and no option leads or wins', async () => {
  const { id, path } = await newScores()
  await give(path, [0, 0, 0])
  expect(textOf(ann, '#gave-nothing')).toContain('You gave no option a point.')
  expect(textOf(ann, '#standing')).toBe('No option got a point so far 1 voter')
  expect(page(ann).querySelectorAll('#results .leads, #results .leader, .tie-note')).toEqual([])
  await ann.post(`${path}/close`)
  await ann.follow()
  expect(textOf(ann, '#standing')).toBe('No option got a point 1 voter')
  expect(textOf(ann, '#event-list p')).toBe('Ann closed the poll. No option got a point')
  await ann.get('/')
  expect(textOf(ann, `#poll-${id} .standing`)).toBe('No option got a point')
})

test('the points can be withdrawn', async () => {
  const { id, path } = await newScores()
  await give(path, [1, 2, 3])
  expect(textOf(ann, '#scores [name=withdraw]')).toBe('Withdraw my vote')
  await ann.post(`${path}/ballot`, { withdraw: '' })
  await ann.follow()
  expect(points()).toEqual([undefined, undefined, undefined])
  expect(textOf(ann, '#event-list p')).toBe('Ann voted and withdrew the vote')
  await expectConsistent(testApp.database, id)
})

test('an option that is added later has no points from earlier voters', async () => {
  const { path } = await newScores()
  await give(path, [1, 2, 3])
  await ann.post(`${path}/options`, { title: 'D' })
  await ann.follow()
  expect(points()).toEqual(['1', '2', '3', undefined])
  await give(path, [1, 2, 3, 5])
  expect(textOf(ann, '#standing')).toBe('D leads 1 voter')
})

test.each([
  ['6', 'Give each option a whole number of points from 0 to 5.'],
  ['<script>', 'Give each option a whole number of points from 0 to 5.'],
])('%j points are refused, and the earlier ones stay', async (given, message) => {
  const { path, options } = await newScores()
  await give(path, [1, 2, 3])
  expect((await ann.post(`${path}/ballot`, { [`option.${options[0]}`]: given })).statusCode).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe(message)
  expect(points()).toEqual(['1', '2', '3'])
})

test('points for an unknown option are refused', async () => {
  const { path } = await newScores()
  expect((await ann.post(`${path}/ballot`, { 'option.zzzzzzzzzzzz': '3' })).statusCode).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe('That is not an option of this poll.')
})

test('in the list, the poll links to its page', async () => {
  const { id, path } = await newScores()
  await give(path, [1, 2, 3])
  await ann.get('/')
  expect(textOf(ann, `#poll-${id} .card-link`)).toBe('Give points')
  expect(page(ann).querySelectorAll(`#poll-${id} button`)).toEqual([])
})
