import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')

/** Fields of the form, row by row. */
const fields = {
  title: 'When do we meet?',
  method: 'dates',
  timeZone: 'Europe/Berlin',
  day: ['2026-12-25', '2026-12-24', '', '2026-12-27'],
  from: ['', '18:00', '', '22:00'],
  to: ['', '20:00', '', '01:00'],
  lastDay: ['2026-12-26', '', '', '2026-12-28'],
}

async function newDates() {
  await ann.get('/polls/new/dates')
  return createPoll(ann, { ...fields, options: [] })
}

async function answer(browser: Browser, { path, options }: { path: string; options: string[] }, ...said: string[]) {
  await browser.get(path)
  const choices = options.map((id, place) => [`option.${id}`, said[place] ?? ''])
  const given = Object.fromEntries(choices.filter(([, one]) => one !== ''))
  const { statusCode } = await browser.post(`${path}/ballot`, { graded: 'on', ...given })
  if (statusCode === 303) await browser.follow()
  return statusCode
}

const titles = (browser = ann) => textsOf(browser, '#vote .option-title').map((title) => title.replace(/\s+/g, ' '))
const checked = () =>
  page(ann)
    .querySelectorAll('#dates input[checked]')
    .map((input) => input.getAttribute('value'))

test('dates are entered in a zone, stored in order of time, and shown in that zone by default', async () => {
  const { id } = await newDates()
  expect(titles()).toEqual([
    'Thu, 24 Dec 2026, 18:00–20:00 CET',
    'Fri, 25 Dec – Sat, 26 Dec 2026',
    'Sun, 27 Dec 2026, 22:00 CET – Mon, 28 Dec 2026, 01:00 CET',
  ])
  const stored = page(ann)
    .querySelectorAll('#dates time[data-dates]')
    .map((time) => time.getAttribute('data-dates'))
  expect(stored).toEqual([
    '2026-12-24T17:00Z/2026-12-24T19:00Z',
    '2026-12-25/2026-12-26',
    '2026-12-27T21:00Z/2026-12-28T00:00Z',
  ])
  expect(textOf(ann, '[data-zone]')).toBe('Europe/Berlin')
  await expectConsistent(testApp.database, id)
})

test('everybody answers yes, if need be or no, and sees the availability', async () => {
  const poll = await newDates()
  expect(page(ann).querySelector('.answers-table')).toBeNull()
  await answer(ann, poll, 'yes', 'if_need_be', 'no')
  expect(checked()).toEqual(['yes', 'if_need_be', 'no'])
  await answer(bob, poll, 'no', 'yes')
  await ann.get(poll.path)
  expect(textsOf(ann, '#dates .option-count')).toEqual([
    '50% 1 yes',
    'Best so far 100% 1 yes, 1 if need be',
    '0% 0 yes',
  ])
  expect(textsOf(ann, '.answers-table thead th')).toEqual([
    'Person',
    'Thu 24 Dec 18:00–20:00',
    'Fri 25 Dec – Sat 26 Dec (Best so far)',
    'Sun 27 Dec 22:00–01:00',
  ])
  expect(textOf(ann, '#standing')).toMatch(/^Fri, 25 Dec . Sat, 26 Dec 2026 leads 2 voters$/)
  expect(textsOf(ann, '.answers-table tbody tr')).toEqual(['Ann Yes ()If need be –No', 'Bob –No Yes no answer'])
  await answer(ann, poll, 'yes', 'no', 'no')
  expect(textsOf(ann, '#event-list p').slice(0, 2)).toEqual([
    'Ann answered for 3 dates',
    expect.stringMatching(/^Bob answered: Thu, 24 Dec 2026, .* \(no\) and Fri, 25 Dec .* 2026 \(yes\)$/),
  ])
  await expectConsistent(testApp.database, poll.id)
})

test('a date can be added, without answers yet', async () => {
  const poll = await newDates()
  await answer(ann, poll, 'yes')
  await ann.post(`${poll.path}/options`, { day: '2026-12-30', from: '09:00', to: '', lastDay: '' })
  await ann.follow()
  expect(titles().at(-1)).toBe('Wed, 30 Dec 2026, 09:00 CET')
  expect(textsOf(ann, '.answers-table tbody td').at(-1)).toBe('no answer')
  const again = await ann.post(`${poll.path}/options`, { day: '2026-12-30', from: '09:00', to: '', lastDay: '' })
  expect(again.statusCode).toBe(409)
  expect(textOf(ann, '#new-option-error')).toBe('This option exists already: “Wed, 30 Dec 2026, 09:00 CET”.')
  expect(page(ann).querySelector('#add-option [name=day]')?.getAttribute('value')).toBe('2026-12-30')
  const wrong = await ann.post(`${poll.path}/options`, { day: '2026-12-30', from: '', to: '10:00', lastDay: '' })
  expect(wrong.statusCode).toBe(422)
  expect(textOf(ann, '#new-option-error')).toBe('An end needs a start.')
  expect(page(ann).querySelector('#add-option [name=to]')?.getAttribute('value')).toBe('10:00')
})

test('a late submission still shows the typed date', async () => {
  const poll = await newDates()
  await ann.post(`${poll.path}/close`)
  const typed = { day: '2026-12-30', from: '09:00', to: '10:<b>', lastDay: '2026-12-31' }
  await ann.post(`${poll.path}/options`, { ...typed, to: '10:00' })
  expect(textsOf(ann, '#vote [role=alert]')).toEqual(['This poll is closed and takes no more options.'])
  expect(textOf(ann, '#typed-too-late')).toBe(
    'You typed: Day 2026-12-30, from 09:00, to 10:00, last day 2026-12-31, times in Europe/Berlin',
  )
  await ann.post(`${poll.path}/options`, typed)
  expect(textsOf(ann, '#vote [role=alert]')).toEqual(['Write each time as in 18:00.'])
  expect(textOf(ann, '#typed-too-late')).toContain('to 10:<b>')
  await ann.post(`${poll.path}/options`, { ...typed, from: '', to: '', lastDay: '' })
  expect(textOf(ann, '#typed-too-late')).toBe('You typed: Day 2026-12-30')
})

test('a new date is in its form’s zone, with any name of the zone', async () => {
  const poll = await newDates()
  const evening = { day: '2026-12-23', from: '18:00', to: '', lastDay: '' }
  await ann.post(`${poll.path}/options`, { ...evening, timeZone: 'Asia/Kolkata' })
  await ann.follow()
  expect(titles()[0]).toBe('Wed, 23 Dec 2026, 13:30 CET')
  const unknown = await ann.post(`${poll.path}/options`, { ...evening, timeZone: 'Atlantis/Capital' })
  expect(unknown.statusCode).toBe(422)
  expect(textOf(ann, '#zone-error')).toBe(
    'The time zone Atlantis/Capital is unknown here. Choose another one with the same time.',
  )
  expect(page(ann).querySelector('#add-option [name=from]')?.getAttribute('value')).toBe('18:00')
  expect(page(ann).querySelector('#add-option #timeZone [selected]')?.getAttribute('value')).toBe('Europe/Berlin')
})

test('the form for a new date names its zone, which stays when the poll’s changes', async () => {
  const poll = await newDates()
  const named = page(ann).querySelector('#add-option [name=timeZone]')?.getAttribute('value') ?? ''
  expect(named).toBe('Europe/Berlin')
  await ann.get(`${poll.path}/edit`)
  await ann.post(`${poll.path}/edit`, { title: fields.title, optionsOpen: 'on', closesAt: '', timeZone: 'UTC' })
  await ann.follow()
  expect(titles()[0]).toBe('Thu, 24 Dec 2026, 18:00–20:00 UTC')
  expect(textOf(ann, '#event-list p')).toBe('Ann changed the time zone from Europe/Berlin to UTC')
  await ann.post(`${poll.path}/options`, { day: '2026-12-23', from: '18:00', to: '', lastDay: '', timeZone: named })
  await ann.follow()
  expect(titles()[0]).toBe('Wed, 23 Dec 2026, 17:00 UTC')
})

test('a closed poll offers its date for calendars', async () => {
  const poll = await newDates()
  const place = `/polls/${poll.id}/outcome.ics`
  expect((await ann.get(place)).statusCode).toBe(404)
  await answer(ann, poll, 'yes', 'no')
  await ann.post(`${poll.path}/close`)
  await ann.follow()
  expect(page(ann).querySelector('.calendar a[download]')?.getAttribute('href')).toBe(place)
  const { headers, body } = await bob.get(place)
  expect(headers['content-type']).toBe('text/calendar; charset=utf-8')
  expect(body.split('\r\n')).toEqual(
    expect.arrayContaining([
      'BEGIN:VCALENDAR',
      'DTSTART:20261224T170000Z',
      'DTEND:20261224T190000Z',
      'SUMMARY:When do we meet?',
      'STATUS:CONFIRMED',
      'END:VCALENDAR',
    ]),
  )
})

test('tied days are tentative, and each ends where the next begins', async () => {
  const poll = await newDates()
  await answer(ann, poll, 'yes', 'yes')
  await ann.post(`${poll.path}/close`)
  const { body } = await bob.get(`/polls/${poll.id}/outcome.ics`)
  expect(body.match(/STATUS:TENTATIVE/g)).toHaveLength(2)
  expect(body).toContain('DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227')
})

/** The values of a property of each entry. */
function properties(calendar: string, name: string): string[] {
  const unfolded = calendar.replace(/\r\n /g, '')
  return [...unfolded.matchAll(new RegExp(`^${name}[;:](.*)\r$`, 'gm'))].map(([, value = '']) => value)
}

test('a poll closed again with another date moves its calendar entry, and cancels the others', async () => {
  const poll = await newDates()
  const closed = async (...said: string[]) => {
    await answer(ann, poll, ...said)
    await ann.post(`${poll.path}/close`)
    const { body } = await bob.get(`/polls/${poll.id}/outcome.ics`)
    await ann.get(poll.path)
    await ann.post(`${poll.path}/reopen`)
    return body
  }
  const [first, tied, last] = [await closed('yes', 'no'), await closed('yes', 'yes'), await closed('no', 'yes')]
  expect(properties(first, 'UID')).toEqual([`${poll.id}@localhost`])
  expect(properties(first, 'DTSTART')).toEqual(['20261224T170000Z'])
  expect(properties(tied, 'UID')).toEqual([`${poll.id}@localhost`, `${poll.id}-2@localhost`])
  expect(properties(tied, 'STATUS')).toEqual(['TENTATIVE', 'TENTATIVE'])
  expect(properties(last, 'UID')).toEqual(properties(tied, 'UID'))
  expect(properties(last, 'DTSTART')).toEqual(['VALUE=DATE:20261225', 'VALUE=DATE:20261225'])
  expect(properties(last, 'STATUS')).toEqual(['CONFIRMED', 'CANCELLED'])
  const sequences = [first, tied, last].map((calendar) => Number(properties(calendar, 'SEQUENCE')[0]))
  expect(sequences).toEqual(sequences.toSorted((one, other) => one - other))
  expect(new Set(sequences).size).toBe(3)
})

test('the creator settles on one of two tied dates, then on another, and reopening undoes it', async () => {
  const poll = await newDates()
  const [first = '', second = '', third = ''] = poll.options
  await answer(bob, poll, 'yes', 'yes')
  await ann.post(`${poll.path}/close`)
  expect(await settle(ann, poll, '')).toBe(422)
  expect(textOf(ann, '#refusal')).toBe('No date is chosen. Choose the one to settle on.')
  expect(await settle(bob, poll, first)).toBe(403)
  expect(await settle(ann, poll, second)).toBe(303)
  await ann.follow()
  expect(textOf(ann, '#standing')).toMatch(/^Settled on Fri, 25 Dec . Sat, 26 Dec 2026 1 voter$/)
  expect(textsOf(ann, '#results .leader')).toEqual(['Settled'])
  expect(textOf(ann, '#event-list p')).toMatch(/^Ann settled on Fri, 25 Dec . Sat, 26 Dec 2026$/)
  expect(page(ann).querySelector('#settle [checked]')?.getAttribute('value')).toBe(second)
  const { body } = await bob.get(`/polls/${poll.id}/outcome.ics`)
  expect(properties(body, 'DTSTART')).toEqual(['VALUE=DATE:20261225', 'VALUE=DATE:20261225'])
  expect(properties(body, 'STATUS')).toEqual(['CONFIRMED', 'CANCELLED'])

  await settle(ann, poll, third)
  await ann.follow()
  expect(textOf(ann, '#standing')).toMatch(/^Settled on Sun, 27 Dec/)
  const moved = await bob.get(`/polls/${poll.id}/outcome.ics`)
  expect(properties(moved.body, 'DTSTART')[0]).toBe('20261227T210000Z')
  expect(Number(properties(moved.body, 'SEQUENCE')[0])).toBeGreaterThan(Number(properties(body, 'SEQUENCE')[0]))
  await expectConsistent(testApp.database, poll.id)
  await ann.post(`${poll.path}/reopen`)
  await ann.follow()
  expect(textOf(ann, '#standing')).toMatch(/^It is a tie so far/)
  await expectConsistent(testApp.database, poll.id)
})

test('to settle on a date closes an open poll, and the page says what won otherwise', async () => {
  const poll = await newDates()
  await answer(bob, poll, 'yes', 'no')
  expect(await settle(ann, poll, poll.options[1])).toBe(303)
  await ann.follow()
  expect(textOf(ann, '#standing')).toMatch(/^Settled on Fri, 25 Dec .*\. Best in the count: Thu, 24 Dec 2026/)
  expect(textsOf(ann, '#event-list p').slice(0, 2)).toEqual([
    expect.stringMatching(/^Ann settled on/),
    expect.stringMatching(/^Ann closed the poll. Winner: Thu, 24 Dec/),
  ])
  await expectConsistent(testApp.database, poll.id)
})

async function settle(browser: Browser, { path }: { path: string }, option = '') {
  await browser.get(path)
  return (await browser.post(`${path}/settle`, option ? { option } : {})).statusCode
}

test('dates that an earlier version called tied without any yes are not cancelled: no calendar has them', async () => {
  const poll = await newDates()
  await answer(ann, poll, 'no')
  await ann.post(`${poll.path}/close`)
  const outcome = { kind: 'tie', options: poll.options, votes: 0 }
  await testApp.database.prisma.event.updateMany({
    where: { pollId: poll.id, type: 'closed' },
    data: { facts: { outcome } },
  })
  await ann.get(poll.path)
  await ann.post(`${poll.path}/reopen`)
  await answer(ann, poll, 'yes')
  await ann.post(`${poll.path}/close`)
  const { body } = await bob.get(`/polls/${poll.id}/outcome.ics`)
  expect(properties(body, 'STATUS')).toEqual(['CONFIRMED'])
})

test('a title is escaped for calendars, also as the calendar’s name', async () => {
  await ann.get('/polls/new/dates')
  const poll = await createPoll(ann, { ...fields, title: 'Lunch, dinner; or \\ both?', options: [] })
  await answer(ann, poll, 'yes')
  await ann.post(`${poll.path}/close`)
  const { body } = await bob.get(`/polls/${poll.id}/outcome.ics`)
  const names = ['NAME', 'X-WR-CALNAME', 'SUMMARY'].map((name) => properties(body, name))
  expect(names).toEqual(Array(3).fill(['Lunch\\, dinner\\; or \\\\ both?']))
})

test('without a possible date, the calendar is missing', async () => {
  const poll = await newDates()
  await answer(ann, poll, 'no')
  await ann.post(`${poll.path}/close`)
  expect((await ann.get(`/polls/${poll.id}/outcome.ics`)).statusCode).toBe(404)
})

const [noTimes, twoDays] = [
  ['', ''],
  ['2026-12-24', '2026-12-23'],
]

test.each([
  [{ day: ['', '2026-12-24'], from: ['18:00', ''], to: noTimes, lastDay: noTimes }, 0, 'The day is missing.'],
  [{ day: twoDays, from: noTimes, to: ['', '17:00'], lastDay: noTimes }, 1, 'An end needs a start.'],
  [
    { day: twoDays, from: ['18:00', ''], to: ['17:00', ''], lastDay: twoDays },
    0,
    'The end is before the start. Change one of them.',
  ],
  [{ day: ['2026-12-24', '<b>'], from: noTimes, to: noTimes, lastDay: noTimes }, 1, 'Write each day as in 2026-12-24.'],
])('the error %j is shown in its row, with the typed text', async (typed, row, message) => {
  await ann.get('/polls/new/dates')
  const response = await ann.post('/polls', { ...fields, ...typed })
  expect(response.statusCode).toBe(422)
  expect(textOf(ann, `#option-error-${row}`)).toBe(message)
  const days = page(ann)
    .querySelectorAll('[name=day]')
    .map((input) => input.getAttribute('value'))
  expect(days.slice(0, 2)).toEqual(typed.day)
  expect(page(ann).querySelector('#datesZone [selected]')?.getAttribute('value')).toBe('Europe/Berlin')
})

test('a date in the past is asked about once, for what the row says', async () => {
  await ann.get('/polls/new/dates')
  const row = { day: ['2026-03-13', '2026-12-24'], from: ['18:00', ''], to: ['', ''], lastDay: ['', ''] }
  expect((await ann.post('/polls', { ...fields, ...row })).statusCode).toBe(422)
  expect(textsOf(ann, '.option-row .error')).toEqual(['This date is in the past. Change it, or keep it.'])
  const kept = page(ann).querySelector('.past-date input')?.getAttribute('value') ?? ''
  expect(textsOf(ann, '.past-date')).toEqual(['Keep this date'])
  const changed = { ...row, from: ['19:00', ''], pastDate: kept }
  expect((await ann.post('/polls', { ...fields, ...changed })).statusCode).toBe(422)
  expect((await ann.post('/polls', { ...fields, ...row, pastDate: kept, title: '' })).statusCode).toBe(422)
  expect(textsOf(ann, '.option-row .error')).toEqual([])
  expect(page(ann).querySelector('.past-date input')?.hasAttribute('checked')).toBe(true)
  expect((await ann.post('/polls', { ...fields, ...row, pastDate: kept })).statusCode).toBe(303)
  await ann.follow()
  const { path } = ann
  expect(titles()[0]).toBe('Fri, 13 Mar 2026, 18:00 CET')
  const late = { day: '2026-03-12', from: '', to: '', lastDay: '' }
  expect((await ann.post(`${path}/options`, late)).statusCode).toBe(422)
  expect(textOf(ann, '#new-option-error')).toBe('This date is in the past. Change it, or keep it.')
  const pastDate = page(ann).querySelector('#add-option .past-date input')?.getAttribute('value') ?? ''
  expect((await ann.post(`${path}/options`, { ...late, pastDate })).statusCode).toBe(303)
})

test('a duplicate date and an unknown zone are errors', async () => {
  await ann.get('/polls/new/dates')
  const twice = { day: ['2026-12-24', '2026-12-24'], from: ['', ''], to: ['', ''], lastDay: ['', ''] }
  await ann.post('/polls', { ...fields, ...twice })
  expect(textOf(ann, '#option-error-1')).toBe('This is the same as option 1.')
  await ann.post('/polls', { ...fields, timeZone: 'Mars/Olympus' })
  expect(textOf(ann, '#zone-error')).toBe(
    'The time zone Mars/Olympus is unknown here. Choose another one with the same time.',
  )
})

test('times without a zone ask for one, and days do not', async () => {
  await ann.get('/polls/new/dates')
  expect((await ann.post('/polls', { ...fields, timeZone: '' })).statusCode).toBe(422)
  expect(textOf(ann, '#zone-error')).toBe('Choose a time zone.')
  const days = { day: ['2026-12-24', '2026-12-25'], from: ['', ''], to: ['', ''], lastDay: ['', ''] }
  expect((await ann.post('/polls', { ...fields, ...days, timeZone: '' })).statusCode).toBe(303)
})

test.each(['Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'Europe/Kiev', 'EST', '+05:30'])(
  'a zone keeps the browser’s spelling %s',
  async (timeZone) => {
    await ann.get('/polls/new/dates')
    const { id, path } = await createPoll(ann, { ...fields, timeZone, options: [] })
    const { poll } = await testApp.services.polls.view(id)
    expect(poll.timeZone).toBe(timeZone)
    const zoned = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
    expect(zoned.format(new Date(poll.options[0]?.title.slice(0, 17) ?? ''))).toBe('18:00')
    await ann.get(`${path}/edit`)
    expect(page(ann).querySelector('#timeZone [selected]')?.getAttribute('value')).toBe(timeZone)
  },
)

test('an empty answer is refused', async () => {
  const poll = await newDates()
  expect(await answer(ann, poll)).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe('Answer for at least one date.')
})

test('a form without JavaScript adds rows, and keeps everything typed', async () => {
  await ann.get('/polls/new/dates')
  await ann.post('/polls', { ...fields, rows: '' })
  const rows = page(ann)
    .querySelectorAll('[name=day]')
    .map((input) => input.getAttribute('value'))
  expect(rows).toEqual(['2026-12-25', '2026-12-24', '2026-12-27', '', '', '', '', ''])
})

test('without any possible date, no date is the best, and there is no calendar file', async () => {
  const poll = await newDates()
  await answer(bob, poll, 'no', 'no', 'no')
  expect(textOf(bob, '#standing')).toBe('Nobody can make any of these dates so far 1 voter')
  await ann.post(`${poll.path}/close`)
  await ann.follow()
  expect(textOf(ann, '#standing')).toBe('Nobody can make any of these dates 1 voter')
  expect(textOf(ann, '#event-list p')).toBe('Ann closed the poll. Nobody can make any of these dates')
  expect(page(ann).querySelectorAll('#results .leads, #results .best, [href$=".ics"]')).toEqual([])
  expect((await ann.get(`/polls/${poll.id}/outcome.ics`)).statusCode).toBe(404)
  await ann.get('/?status=closed')
  expect(textOf(ann, `#poll-${poll.id} .standing`)).toBe('Nobody can make any of these dates')
})
