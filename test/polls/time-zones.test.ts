import { expect, test } from 'vitest'
import { instantOf, isTimeZone, sameClock, timeZones } from '../../src/polls/model/time-zones.ts'

test.each([
  'Europe/Berlin',
  'europe/berlin',
  'UTC',
  'GMT',
  'EST',
  'PST8PDT',
  'Japan',
  'US/Pacific',
  'Etc/GMT+5',
  '+05:30',
  ...['Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'Europe/Kiev', 'America/Nuuk', 'America/Godthab'],
])('%s is a time zone, whether its name is new or old', (name) => expect(isTimeZone(name)).toBe(true))

test.each([
  'PST',
  'IST',
  'bst',
  'Mars/Olympus',
  'Etc/Unknown',
  '',
  '<script>',
  '2026-01-01T00:00[Europe/Berlin]',
  '\u221205:00',
])('%j is no time zone', (name) => expect(isTimeZone(name)).toBe(false))

test('every zone is listed once, under its current name', () => {
  expect(timeZones).toEqual(
    expect.arrayContaining(['UTC', 'Asia/Kolkata', 'Europe/Kyiv', 'America/Nuuk', 'Asia/Yangon']),
  )
  for (const old of ['Asia/Calcutta', 'Europe/Kiev', 'America/Godthab', 'Asia/Rangoon'])
    expect(timeZones).not.toContain(old)
  const canonical = (timeZone: string) => new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  const listed = timeZones.map(canonical)
  expect(listed).toEqual([...new Set(listed)])
  expect(new Set(listed)).toEqual(new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]))
})

test.each([
  ['a time that clocks skip', '2027-03-28', '02:30', 'Europe/Berlin', '2027-03-28T01:30:00Z'],
  ['a time that clocks show twice', '2027-10-31', '02:30', 'Europe/Berlin', '2027-10-31T01:30:00Z'],
  ['a skipped time in America', '2027-03-14', '02:30', 'America/New_York', '2027-03-14T07:30:00Z'],
  ['half an hour that is skipped', '2026-10-04', '02:15', 'Australia/Lord_Howe', '2026-10-03T15:45:00Z'],
  ['a day that is skipped', '2011-12-30', '10:00', 'Pacific/Apia', '2011-12-30T20:00:00Z'],
  ['a usual time', '2026-12-24', '18:00', 'Asia/Kolkata', '2026-12-24T12:30:00Z'],
])('%s is the later instant, so nothing takes effect early', (_what, day, time, zone, instant) => {
  expect(instantOf({ day, time }, zone)?.toString()).toBe(instant)
})

test('a skipped clock time is no instant', () => {
  expect(instantOf({ day: '2026-02-30', time: '10:00' }, 'UTC')).toBeUndefined()
  expect(instantOf({ day: '2026-02-03', time: '25:00' }, 'UTC')).toBeUndefined()
})

test('a clock time in one zone is the same clock time in the other', () => {
  expect(sameClock('2026-12-24T17:00Z', 'Europe/Berlin', 'America/New_York').toString()).toBe('2026-12-24T23:00:00Z')
  expect(sameClock('2027-03-28T02:30Z', 'UTC', 'Europe/Berlin').toString()).toBe('2027-03-28T01:30:00Z')
})
