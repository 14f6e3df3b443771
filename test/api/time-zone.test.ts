import { expect, test } from 'vitest'
import type { PollJson } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { expectConsistent } from '../support/polls.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

/** Dates an hour apart, so in a zone one hour away each moves to the time of another one. */
const hourly = {
  method: 'dates',
  timeZone: 'UTC',
  closesAt: '2026-03-20T18:00:30Z',
  options: [
    '2026-04-24T16:00Z/2026-04-24T17:00Z',
    '2026-04-24T17:00Z/2026-04-24T18:00Z',
    '2026-04-24T17:00Z',
    '2026-04-26',
  ],
}

const titles = ({ options }: PollJson) => options.map(({ title }) => title)
const patch = (client: Client, { id }: { id: string }, timeZone: unknown, more = {}) =>
  client.send('PATCH', `/polls/${id}`, { timeZone, ...more })

test('a new zone of a poll keeps its clock times and votes', async () => {
  const poll = await ada.newPoll({ ...hourly, optionsModerated: true })
  await bob.send('POST', `/polls/${poll.id}/options`, { title: '2026-04-25T12:00Z' })
  const choices = [`${poll.options[0]?.id}=yes`]
  await bob.send('PUT', `/polls/${poll.id}/ballot`, { choices })
  const corrected: PollJson = (await patch(ada, poll, 'Europe/London')).json()
  expect(corrected).toMatchObject({ timeZone: 'Europe/London', closesAt: '2026-03-20T18:00:30.000Z', totalVotes: 1 })
  expect(titles(corrected)).toEqual([
    '2026-04-24T15:00Z/2026-04-24T16:00Z',
    '2026-04-24T16:00Z',
    '2026-04-24T16:00Z/2026-04-24T17:00Z',
    '2026-04-26',
  ])
  expect(corrected.options[0]).toMatchObject({ votes: 1, formerTitle: '2026-04-24T16:00Z/2026-04-24T17:00Z' })
  expect(corrected.proposals).toMatchObject([{ title: '2026-04-25T11:00Z' }])
  const { events } = (await ada.send('GET', `/polls/${poll.id}/events?after=3`)).json()
  expect(events).toMatchObject([{ type: 'edited', facts: { timeZone: { from: 'UTC', to: 'Europe/London' } } }])
  await expectConsistent(testApp.database, poll.id)

  const back: PollJson = (await patch(ada, poll, 'UTC')).json()
  expect(titles(back).toSorted()).toEqual(titles(poll).toSorted())
  await expectConsistent(testApp.database, poll.id)
})

test('the closing time keeps its clock time, unless another one is given', async () => {
  const poll = await ada.newPoll(hourly)
  expect((await patch(ada, poll, 'America/New_York')).json().closesAt).toBe('2026-03-20T22:00:30.000Z')
  const closesAt = '2026-03-21T10:00:00.000Z'
  expect((await patch(ada, poll, 'Asia/Tokyo', { closesAt })).json().closesAt).toBe(closesAt)
})

test('any poll with a closing time has a zone', async () => {
  const { closesAt } = hourly
  const poll = await ada.newPoll({ closesAt, timeZone: 'Asia/Kolkata' })
  expect(poll).toMatchObject({ timeZone: 'Asia/Kolkata', closesAt: '2026-03-20T18:00:30.000Z' })
  expect((await patch(ada, poll, 'UTC')).json()).toMatchObject({
    timeZone: 'UTC',
    closesAt: '2026-03-20T23:30:30.000Z',
  })
})

test('the same zone again changes nothing', async () => {
  const poll = await ada.newPoll(hourly)
  expect((await patch(ada, poll, 'UTC')).json().revision).toBe(1)
})

test('a zone in which skipped time would make two dates one is refused', async () => {
  const options = ['2027-03-28T02:30Z', '2027-03-28T03:30Z']
  const poll = await ada.newPoll({ ...hourly, options })
  const { errors } = expectProblem(await patch(ada, poll, 'Europe/Berlin'), 'invalid_input')
  const message = 'In Europe/Berlin, clocks skip a time of “Sun, 28 Mar 2027, 03:30 UTC”. Change this date first.'
  expect(errors).toEqual([{ path: 'timeZone', message }])
})

test.each([
  ['Mars', 'This time zone is unknown. Use a name such as Europe/Berlin.'],
  [null, 'The time zone must be a text. Use a name such as Europe/Berlin.'],
  ['x'.repeat(99), 'This time zone is unknown. Use a name such as Europe/Berlin.'],
])('the zone %s is refused', async (timeZone, message) => {
  const poll = await ada.newPoll(hourly)
  const { errors } = expectProblem(await patch(ada, poll, timeZone), 'invalid_input')
  expect(errors).toEqual([{ path: 'timeZone', message }])
})

test('a closing time that would be past is refused, and so is everybody but the creator', async () => {
  const poll = await ada.newPoll({ ...hourly, closesAt: '2026-03-14T14:00:00Z' })
  expectProblem(await patch(bob, poll, 'Asia/Tokyo'), 'forbidden')
  const { errors } = expectProblem(await patch(ada, poll, 'Asia/Tokyo'), 'invalid_input')
  expect(errors?.[0]?.path).toBe('closesAt')
})

test('a closed poll keeps its zone', async () => {
  const poll = await ada.newPoll(hourly)
  await ada.send('PUT', `/polls/${poll.id}/closure`)
  expectProblem(await patch(ada, poll, 'Asia/Tokyo'), 'poll_closed')
})
