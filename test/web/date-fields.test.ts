import { expect, test } from 'vitest'
import { datesIn, datesOf, noDates, type TypedDates, typedDates } from '../../src/web/poll-form/date-fields.ts'
import { readClosingTime, shownClosingTime } from '../../src/web/poll-form/typed-times.ts'

const read = (typed: Partial<TypedDates>, zone = 'Europe/Berlin') => datesOf({ ...noDates, ...typed }, zone)
const day = '2026-12-24'

test.each<[string, Partial<TypedDates>, string]>([
  ['a day', { day }, '2026-12-24'],
  ['days', { day, lastDay: '2026-12-26' }, '2026-12-24/2026-12-26'],
  ['a time', { day, from: '18:00' }, '2026-12-24T17:00Z'],
  ['a time of one digit', { day, from: '9:00' }, '2026-12-24T08:00Z'],
  ['an evening', { day, from: '18:00', to: '20:00' }, '2026-12-24T17:00Z/2026-12-24T19:00Z'],
  ['a night', { day, from: '22:00', to: '02:00' }, '2026-12-24T21:00Z/2026-12-25T01:00Z'],
  ['New Year', { day: '2026-12-31', from: '22:00', to: '02:00' }, '2026-12-31T21:00Z/2027-01-01T01:00Z'],
  ['two days', { day, from: '18:00', lastDay: '2026-12-25', to: '18:00' }, '2026-12-24T17:00Z/2026-12-25T17:00Z'],
  ['a year of two digits', { day: '0026-12-24' }, '2026-12-24'],
  ['a time that clocks skip', { day: '2027-03-28', from: '02:30' }, '2027-03-28T01:30Z'],
  ['a time that clocks show twice', { day: '2027-10-31', from: '02:30' }, '2027-10-31T01:30Z'],
])('%s is read', (_what, typed, title) => expect(read(typed)).toEqual({ title }))

test.each<[string, Partial<TypedDates>, string]>([
  ['a start without a day', { from: '18:00' }, 'The day is missing.'],
  ['an end without a start', { day, to: '18:00' }, 'An end needs a start.'],
  [
    'an end before the start',
    { day, from: '18:00', lastDay: day, to: '17:00' },
    'The end is before the start. Change one of them.',
  ],
  [
    'an end days before the start',
    { day, from: '18:00', lastDay: '2026-12-23', to: '19:00' },
    'The end is before the start. Change one of them.',
  ],
  ['an end at the start', { day, from: '18:00', to: '18:00' }, 'The end is the same as the start. Change one of them.'],
  [
    'a last day before the first',
    { day, lastDay: '2026-12-20' },
    'The last day is before the first day. Change one of them.',
  ],
  ['only a last day', { lastDay: day }, 'The day is missing.'],
  ['a last day without an end', { day, from: '18:00', lastDay: '2026-12-25' }, 'The end time is missing. Add it.'],
  ['a day that two countries read differently', { day: '03/04/2026' }, 'Write each day as in 2026-12-24.'],
  ['a month that does not exist', { day: '24 Dember 2026' }, 'Write each day as in 2026-12-24.'],
  ['a day that does not exist', { day: '2026-02-30' }, 'Write each day as in 2026-12-24.'],
  ['half a year', { day: '0202-12-24' }, 'Write each day as in 2026-12-24.'],
  ['an hour that may be in the evening', { day, from: '6' }, 'Write each time as in 18:00.'],
  ['an hour that no clock with am and pm shows', { day, from: '13 pm' }, 'Write each time as in 18:00.'],
  ['a time that does not exist', { day, from: '18:00', to: '24:30' }, 'Write each time as in 18:00.'],
  [
    'the end of all years',
    { day: '9999-12-31', from: '22:00', to: '02:00' },
    'The year is too large. Choose a day before the year 10000.',
  ],
  [
    'a start that clocks skip until after the end',
    { day: '2027-03-28', from: '02:30', to: '03:00' },
    'Clocks in Europe/Berlin skip 02:30 on 2027-03-28. Choose another time.',
  ],
])('%s gets its specific error', (_what, typed, problem) => expect(read(typed)).toEqual({ problem }))

test.each([
  '2026-12-24',
  '2026-12-24/2026-12-26',
  '2026-12-24T17:00Z',
  '2026-12-31T21:00Z/2027-01-01T01:00Z',
  '2026-12-24T17:00Z/2026-12-25T17:00Z',
])('%s fills fields that produce it again', (title) => {
  expect(read(datesIn(title, 'Europe/Berlin'))).toEqual({ title })
})

test.each([
  ...['2026-1-4', '2026/01/04', '2026.01.04', '4.1.2026', '04. 01. 2026', '4.1.26', '4 Jan 2026', '4. January 2026'],
  ...['Jan 4, 2026', ' january  4 2026 ', '0026-01-04'],
])('a day that is written as %s is read', (typed) => expect(read({ day: typed })).toEqual({ title: '2026-01-04' }))

test.each(['18:30', '18.30', '18h30', '1830', '6:30 pm', '6.30pm', '06:30 P.M.', '18:30:00'])(
  'a time that is written as %s is read',
  (from) => expect(read({ day, from }, 'UTC')).toEqual({ title: '2026-12-24T18:30Z' }),
)

test.each([
  ['12 am', '00:00'],
  ['12 pm', '12:00'],
  ['18h', '18:00'],
  ['9 am', '09:00'],
])('%s is %s', (from, time) => expect(read({ day, from }, 'UTC')).toEqual({ title: `2026-12-24T${time}Z` }))

test.each(['2026-12-24 6 pm', '2026-12-24, 18:00', '24.12.2026 18.00', '24 Dec 2026 18:00', 'Dec 24, 2026, 6 pm'])(
  'a closing time that is written as %s is read',
  (typed) => expect(readClosingTime(typed, 'UTC')).toBe('2026-12-24T18:00:00.000Z'),
)

test.each(['24 October 2026', '2026-12-24 6', '18:00 2026-12-24', `${' 9'.repeat(20_000)} 18:00`])(
  'no closing time is guessed from %.40s',
  (typed) => expect(readClosingTime(typed, 'UTC')).toBeUndefined(),
)

test.each([
  ['', 'Europe/Berlin', null],
  ['2026-12-24T18:00', 'Europe/Berlin', '2026-12-24T17:00:00.000Z'],
  ['2026-12-24 18:00', 'Asia/Kolkata', '2026-12-24T12:30:00.000Z'],
  ['2026-12-24T18:00:30', 'UTC', '2026-12-24T18:00:30.000Z'],
  ['0026-12-24T18:00', 'UTC', '2026-12-24T18:00:00.000Z'],
  ['2027-03-28T02:30', 'Europe/Berlin', '2027-03-28T01:30:00.000Z'],
  ['2027-10-31T02:30', 'Europe/Berlin', '2027-10-31T01:30:00.000Z'],
  ['2026-12-24', 'UTC', undefined],
  ['18:00', 'UTC', undefined],
  ['24/12/2026 18:00', 'UTC', undefined],
  ['2026-12-24T18:00Z', 'UTC', undefined],
])('the closing time %j in %s is read as %s', (typed, zone, iso) => expect(readClosingTime(typed, zone)).toBe(iso))

test('a closing time is shown as the clock shows it', () => {
  expect(shownClosingTime(new Date('2026-12-24T17:00:30Z'), 'Europe/Berlin')).toBe('2026-12-24T18:00')
  expect(shownClosingTime(null, 'Europe/Berlin')).toBe('')
})

test('of unnumbered rows, one more than the maximum is read', () => {
  expect(typedDates({ day: Array(2_000).fill(day) })).toHaveLength(51)
  expect(typedDates({ day: ['', ...Array(50).fill(day), ''] })).toHaveLength(50)
})
