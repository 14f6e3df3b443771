import { expect, test } from 'vitest'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { expectConsistent } from '../support/polls.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

const wrong =
  'Write a day, or a time with its offset from UTC, or two of a kind with / between them, the earlier first: 2026-12-24, or 2026-12-24T18:00+01:00/2026-12-24T20:00+01:00.'
const asked = {
  method: 'dates',
  timeZone: 'Europe/Berlin',
  options: ['2026-12-26', '2026-12-24T18:00+01:00/2026-12-24T20:00+01:00'],
}

test('dates are stored in UTC and in order, and their answers are counted', async () => {
  const poll = await ada.newPoll(asked)
  expect(poll).toMatchObject({ method: 'dates', timeZone: 'Europe/Berlin' })
  expect(poll.options.map(({ title }) => title)).toEqual(['2026-12-24T17:00Z/2026-12-24T19:00Z', '2026-12-26'])
  const [a = '', b = ''] = poll.options.map(({ id }) => id)
  const put = async (client: Client, ...choices: string[]) =>
    pollSchema.parse((await client.send('PUT', `/polls/${poll.id}/ballot`, { choices })).json())
  await put(ada, `${b}=if_need_be`, `${a}=yes`)
  expect(await put(bob, `${a}=no`, `${b}=yes`)).toMatchObject({
    myChoices: [`${a}=no`, `${b}=yes`],
    options: [
      { votes: 1, maybes: 0 },
      { votes: 1, maybes: 1 },
    ],
  })
  const { body } = await ada.send('GET', `/polls/${poll.id}/results.csv`)
  expect(body).toContain('option,votes,if_need_be,percent\r\n')
  expect(body).toContain('2026-12-26,1,1,100.0\r\n')
  const outcome = { kind: 'winner', options: [b], votes: 2 }
  expect((await ada.send('PUT', `/polls/${poll.id}/closure`)).json()).toMatchObject({ outcome })
  expect((await ada.send('GET', `/polls/${poll.id}/count`)).json()).toMatchObject({ outcome, ranking: null })
  await expectConsistent(testApp.database, poll.id)
})

test('a changed or withdrawn vote is counted again', async () => {
  const { id, options } = await ada.newPoll(asked)
  const [a = ''] = options.map((option) => option.id)
  for (const said of ['if_need_be', 'yes', 'if_need_be', 'no']) {
    await ada.send('PUT', `/polls/${id}/ballot`, { choices: [`${a}=${said}`] })
    await expectConsistent(testApp.database, id)
  }
  await ada.send('PUT', `/polls/${id}/ballot`, { choices: [`${a}=if_need_be`] })
  await ada.send('DELETE', `/polls/${id}/ballot`)
  expect((await ada.send('GET', `/polls/${id}`)).json().options[0]).toMatchObject({ votes: 0, maybes: 0 })
  await expectConsistent(testApp.database, id)
})

test('an added date is stored like the others', async () => {
  const { id } = await ada.newPoll(asked)
  const added = await bob.send('POST', `/polls/${id}/options`, {
    title: '2026-12-24T12:00-05:00/2026-12-24T14:00-05:00',
  })
  expectProblem(added, 'option_exists')
  const other = (await bob.send('POST', `/polls/${id}/options`, { title: '2026-12-25T12:00-05:00' })).json()
  expect(other.options.map(({ title }: { title: string }) => title)).toEqual([
    '2026-12-24T17:00Z/2026-12-24T19:00Z',
    '2026-12-25T17:00Z',
    '2026-12-26',
  ])
  const { errors } = expectProblem(await bob.send('POST', `/polls/${id}/options`, { title: 'Friday' }), 'invalid_input')
  expect(errors).toEqual([{ path: 'title', message: wrong }])
})

test('added and renamed dates are in order of time, and votes stay with them', async () => {
  const { id, options } = await ada.newPoll({ ...asked, optionsModerated: true })
  const [evening = '', day = ''] = options.map((option) => option.id)
  await ada.send('PUT', `/polls/${id}/ballot`, { choices: [`${evening}=yes`, `${day}=no`] })
  const { proposals } = (await bob.send('POST', `/polls/${id}/options`, { title: '2026-12-25' })).json()
  await ada.send('PUT', `/polls/${id}/proposals/${proposals[0].id}/approval`)
  await ada.send('POST', `/polls/${id}/options`, { title: '2026-12-01' })
  const renamed = { title: '2026-12-31', isConfirmed: true }
  const poll = (await ada.send('PATCH', `/polls/${id}/options/${evening}`, renamed)).json()
  expect(poll.options.map(({ title, votes }: { title: string; votes: number }) => [title, votes])).toEqual([
    ['2026-12-01', 0],
    ['2026-12-25', 0],
    ['2026-12-26', 0],
    ['2026-12-31', 1],
  ])
  const again = await ada.send('PUT', `/polls/${id}/ballot`, { choices: [`${evening}=yes`, `${day}=no`] })
  expect(again.json().revision).toBe(poll.revision)
  const { body } = await ada.send('GET', `/polls/${id}/results.csv`)
  expect(
    body
      .split('\r\n')
      .slice(1, 5)
      .map((line) => line.split(',')[0]),
  ).toEqual(['2026-12-01', '2026-12-25', '2026-12-26', '2026-12-31'])
  await expectConsistent(testApp.database, id)
})

test('the creator settles on a date, which closes the poll', async () => {
  const { id, options, revision } = await ada.newPoll(asked)
  const [first = '', second = ''] = options.map((option) => option.id)
  const settle = (client: Client, optionId: string, poll = id) =>
    client.send('PUT', `/polls/${poll}/settlement`, { optionId })
  expectProblem(await settle(bob, first), 'forbidden')
  expectProblem(await settle(ada, 'zzzzzzzzzzzz'), 'unknown_option')
  expectProblem(
    await settle(ada, (await ada.newPoll({})).options[0]?.id ?? '', (await ada.newPoll({})).id),
    'invalid_input',
  )
  const settled = pollSchema.parse((await settle(ada, second)).json())
  expect(settled).toMatchObject({ status: 'closed', settledOptionId: second, outcome: { kind: 'no_votes' } })
  expect(settled.revision).toBe(revision + 2)
  expect((await settle(ada, second)).json().revision).toBe(settled.revision)
  const { events } = (await ada.send('GET', `/polls/${id}/events`)).json()
  expect(events.at(-1)).toMatchObject({ type: 'settled', facts: { option: { id: second, title: '2026-12-26' } } })
  expect((await ada.send('DELETE', `/polls/${id}/closure`)).json()).toMatchObject({ settledOptionId: null })
  await expectConsistent(testApp.database, id)
})

test('an anonymous poll of dates opens its ballots when its creator settles on a date', async () => {
  const { id, options } = await ada.newPoll({ ...asked, anonymous: true })
  const settled = await ada.send('PUT', `/polls/${id}/settlement`, { optionId: options[0]?.id })
  expect(settled.json()).toMatchObject({ status: 'closed', settledOptionId: options[0]?.id })
  await expectConsistent(testApp.database, id)
})

test('without a zone, dates are in UTC', async () => {
  expect(await ada.newPoll({ ...asked, timeZone: undefined })).toMatchObject({ timeZone: 'UTC' })
})

test.each([
  [{ options: ['2026-12-24', 'Friday'] }, 'options.1', wrong],
  [{ options: ['2026-12-24T18:00Z', '2026-12-24T19:00+01:00'] }, 'options.1', 'This is the same as another one.'],
  [{ options: ['2026-12-24', '2026-12-26/2026-12-25'] }, 'options.1', 'The end has to be later than the start.'],
  [{ options: ['2026-12-24', '0026-12-25'] }, 'options.1', wrong],
  [{ timeZone: 'Mars' }, 'timeZone', 'This time zone is unknown. Use a name such as Europe/Berlin.'],
  [
    { capacity: 2 },
    'capacity',
    'Only polls with one or several choices have maximum votes per option. Leave this empty.',
  ],
])('a poll of dates with %j is refused', async (fields, path, message) => {
  const poll = { title: 'When?', ...asked, ...fields }
  expect(expectProblem(await ada.send('POST', '/polls', poll), 'invalid_input').errors).toEqual([{ path, message }])
})

test('an answer without a date is refused', async () => {
  const { id, options } = await ada.newPoll(asked)
  const put = (...choices: string[]) => ada.send('PUT', `/polls/${id}/ballot`, { choices })
  const { errors } = expectProblem(await put(`${options[0]?.id}=perhaps`), 'invalid_choices')
  expect(errors).toEqual([{ path: 'choices', message: 'Say yes, if_need_be or no for each date.' }])
  expectProblem(await put('zzzzzzzzzzzz=yes'), 'unknown_option')
})
