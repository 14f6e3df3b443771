import { expect, test } from 'vitest'
import { canonicalDates, inOrderOfTime, problemWithDates, readDates, shownDates } from '../../src/polls/model/dates.ts'

test.each([
  ['2026-12-24', '2026-12-24', 'Thu, 24 Dec 2026'],
  [' 2026-12-24 ', '2026-12-24', 'Thu, 24 Dec 2026'],
  ['2026-12-24/2026-12-26', '2026-12-24/2026-12-26', 'Thu, 24 Dec – Sat, 26 Dec 2026'],
  ['2026-12-24/2026-12-24', '2026-12-24', 'Thu, 24 Dec 2026'],
  ['2026-12-24T18:00+01:00', '2026-12-24T17:00Z', 'Thu, 24 Dec 2026, 18:00 CET'],
  ['2026-12-24T17:00:00.000Z', '2026-12-24T17:00Z', 'Thu, 24 Dec 2026, 18:00 CET'],
  ['2026-12-24T17:00:59Z', '2026-12-24T17:00Z', 'Thu, 24 Dec 2026, 18:00 CET'],
  [
    '2026-12-24T18:00+01:00/2026-12-24T14:00-05:00',
    '2026-12-24T17:00Z/2026-12-24T19:00Z',
    'Thu, 24 Dec 2026, 18:00–20:00 CET',
  ],
  ['2026-07-01T22:30Z/2026-07-02T01:00Z', '2026-07-01T22:30Z/2026-07-02T01:00Z', 'Thu, 2 Jul 2026, 00:30–03:00 CEST'],
])('%s is shown as %s, in Berlin: %s', (text, canonical, shown) => {
  expect(canonicalDates(text)).toBe(canonical)
  expect(canonicalDates(canonical)).toBe(canonical)
  expect(shownDates(canonical, 'Europe/Berlin').replaceAll('\u2009', ' ').replaceAll(' – ', ' – ')).toBe(shown)
})

test.each([
  '',
  'tomorrow',
  '2026-02-30',
  '2026-12',
  '2026-13-01',
  '2026-12-24T18:00',
  '2026-12-24T25:00Z',
  '2026-02-30T10:00Z',
  '2026-12-24T18:00+99:00',
  '2026-12-26/2026-12-24',
  '2026-12-24T18:00Z/2026-12-24T18:00Z',
  '2026-12-24T18:00Z/2026-12-24T17:00Z',
  '2026-12-24/2026-12-24T18:00Z',
  '2026-12-24/',
  '/2026-12-24',
  '2026-12-24/2026-12-25/2026-12-26',
  '+02026-12-24',
  '9999-12-31T23:59-01:00',
  '0000-01-01T00:00+01:00',
  '0026-12-24',
  '0026-12-24T18:00Z',
  '0000-01-01T00:00+01:00/2026-12-24T18:00Z',
  '2026-12-24T18:00Z/9999-12-31T23:59-01:00',
])('%j is not a date', (text) => expect(canonicalDates(text)).toBeUndefined())

test('a stored date is read', () => {
  expect(readDates('2026-12-24')).toEqual({ areDays: true, from: '2026-12-24', to: null })
  const times = { areDays: false, from: '2026-12-24T17:00Z', to: '2026-12-24T19:00Z' }
  expect(readDates('2026-12-24T17:00Z/2026-12-24T19:00Z')).toEqual(times)
})

test.each([
  ['2026-12-24T18:00Z/2026-12-24T17:00Z', 'The end has to be later than the start.'],
  ['2026-12-24T18:00Z/2026-12-24T18:00Z', 'The end has to be later than the start.'],
  ['2026-12-26/2026-12-24', 'The end has to be later than the start.'],
  ['2026-12-24/2026-12-24T18:00Z', expect.stringContaining('Write a day')],
  ['0026-12-24', expect.stringContaining('Write a day')],
  ['Friday', expect.stringContaining('Write a day')],
])('the error for %s says what is wrong', (text, problem) => expect(problemWithDates(text)).toEqual(problem))

test('dates are in order of time, in the zone in which days begin', () => {
  const titles = ['2026-12-25', '2026-12-24T16:00Z', '2026-12-24T14:00Z', '2026-12-25/2026-12-26', '2026-12-24']
  const inOrder = (zone: string) =>
    inOrderOfTime(
      titles.map((title) => ({ title })),
      zone,
    ).map(({ title }) => title)
  const [day, days, eve] = ['2026-12-25', '2026-12-25/2026-12-26', '2026-12-24']
  expect(inOrder('UTC')).toEqual([eve, '2026-12-24T14:00Z', '2026-12-24T16:00Z', day, days])
  expect(inOrder('Asia/Tokyo')).toEqual([eve, '2026-12-24T14:00Z', day, days, '2026-12-24T16:00Z'])
})
