import { expect, test } from 'vitest'
import {
  canonicalDates,
  inOrderOfTime,
  isOver,
  problemWithDates,
  readDates,
  shortDates,
  shownDates,
} from '../../src/polls/model/dates.ts'

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

test.each([
  [
    'the same year',
    ['2026-12-24', '2026-12-24T17:00Z/2026-12-24T19:00Z', '2026-12-27T21:00Z/2026-12-28T00:00Z', '2026-12-28T08:00Z'],
    ['Thu 24 Dec', 'Thu 24 Dec 18:00–20:00', 'Sun 27 Dec 22:00–01:00', 'Mon 28 Dec 09:00'],
  ],
  ['two years', ['2026-12-31', '2027-01-01'], ['Thu, 31 Dec 2026', 'Fri, 1 Jan 2027']],
  [
    'years that differ only in the zone',
    ['2026-12-31', '2026-12-31T23:30Z'],
    ['Thu, 31 Dec 2026', 'Fri, 1 Jan 2027 00:30'],
  ],
])('heads of a table are short, for %s', (_what, titles, heads) => {
  const said = shortDates(titles, 'Europe/Berlin').map(({ day, time }) => `${day} ${time}`.trim())
  expect(said.map((head) => head.replace(/\s/g, ' '))).toEqual(heads)
})

test.each([
  ['2026-12-23', true],
  ['2026-12-24', false],
  ['2026-12-22/2026-12-24', false],
  ['2026-12-23T22:00Z', true],
  ['2026-12-23T22:00Z/2026-12-23T23:31Z', false],
])('on 24 December at 00:30 in Berlin, %s is over: %s', (title, isOverThen) => {
  expect(isOver(title, 'Europe/Berlin', new Date('2026-12-23T23:30:00Z'))).toBe(isOverThen)
})
