import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

test('only people on the voter list vote, and the creator sees who has voted', async () => {
  const poll = await ada.newPoll({ roll: ['Ada', 'Cem'] })
  expect(poll).toMatchObject({ hasRoll: true, electorate: 2 })
  expectProblem(await bob.vote(poll, 0), 'not_on_roll')
  expect((await ada.vote(poll, 0)).statusCode).toBe(200)
  expect((await ada.get(`/polls/${poll.id}/roll`)).json()).toEqual({
    people: [
      { name: 'Ada', hasVoted: true },
      { name: 'Cem', hasVoted: false },
    ],
  })
  expectProblem(await bob.get(`/polls/${poll.id}/roll`), 'forbidden')
  expectProblem(await new Client(testApp.app).get(`/polls/${poll.id}/roll`), 'forbidden')
  const { body } = await bob.get(`/polls/${poll.id}/events`)
  expect(body).not.toContain('Cem')
})

test('the creator corrects the list while the poll is open', async () => {
  const cem = await newGuest(testApp.app, 'Cem')
  const poll = await ada.newPoll({ roll: ['Ada', 'Bob, Cem'] })
  await ada.vote(poll, 0)
  expectProblem(await bob.vote(poll, 0), 'not_on_roll')
  expectProblem(await bob.send('PUT', `/polls/${poll.id}/roll`, { roll: ['Bob'] }), 'forbidden')
  const stale = await ada.send('PUT', `/polls/${poll.id}/roll`, { roll: ['Bob'] }, { 'if-match': '"1"' })
  expectProblem(stale, 'revision_mismatch')
  const changed = await ada.send('PUT', `/polls/${poll.id}/roll`, { roll: ['Ada', 'Bob', 'Cem'] })
  expect([changed.statusCode, changed.json()]).toEqual([
    200,
    {
      people: [
        { name: 'Ada', hasVoted: true },
        { name: 'Bob', hasVoted: false },
        { name: 'Cem', hasVoted: false },
      ],
    },
  ])
  expect((await bob.vote(poll, 0)).statusCode).toBe(200)
  const { events } = (await bob.get(`/polls/${poll.id}/events`)).json()
  expect(events[2]).toMatchObject({ type: 'voter_list_changed', facts: { voters: { from: 2, to: 3 } } })
  expect((await cem.vote(poll, 1)).json()).toMatchObject({ status: 'closed', totalVotes: 3 })
  expectProblem(await ada.send('PUT', `/polls/${poll.id}/roll`, { roll: ['Ada'] }), 'poll_closed')
})

test.each(['ann@example.org', 'Ann <ann@example.org>'])('without a chat, %s is refused', async (entry) => {
  const given = { title: 'Lunch?', options: ['Noodles', 'Soup'], roll: ['Ada', entry] }
  const { errors } = expectProblem(await ada.send('POST', '/polls', given), 'invalid_input')
  expect(errors?.map(({ path }) => path)).toEqual(['roll.1'])
})

test.each([
  [{ roll: [] }, 'roll'],
  [{ roll: ['Ada', 'ADA'] }, 'roll.1'],
  [{ roll: ['Ada'] }, 'roll'],
])('the list cannot become %o', async (body, path) => {
  const poll = await ada.newPoll({ roll: ['Ada', 'Bob'], quorum: 2 })
  const response = await ada.send('PUT', `/polls/${poll.id}/roll`, body)
  expect(expectProblem(response, 'invalid_input').errors?.map((error) => error.path)).toEqual([path])
})

test('a poll for everybody cannot get a voter list', async () => {
  const poll = await ada.newPoll()
  expectProblem(await ada.send('PUT', `/polls/${poll.id}/roll`, { roll: ['Ada'] }), 'invalid_input')
})

test('a poll without a voter list has no entries', async () => {
  const poll = await ada.newPoll()
  expect((await ada.get(`/polls/${poll.id}/roll`)).json()).toEqual({ people: [] })
})

test.each([
  [{ roll: ['Ada', 'ada '] }, 'roll.1'],
  [{ roll: [''] }, 'roll.0'],
  [{ roll: 'Ada' }, 'roll'],
  [{ roll: ['Ada', 'Bob'], quorum: 3 }, 'quorum'],
  [{ roll: ['Ada', 'Bob'], electorate: 3 }, 'electorate'],
  [{ roll: ['Ada', 'Bob'], anonymous: true }, 'roll'],
])('%o is refused at %s', async (rules, path) => {
  const response = await ada.send('POST', '/polls', { title: 'Lunch?', options: ['Noodles', 'Soup'], ...rules })
  expect(expectProblem(response, 'invalid_input').errors?.map((error) => error.path)).toEqual([path])
})
