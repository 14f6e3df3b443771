import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

let testApp: TestApp
let ada: Client
let bob: Client

beforeAll(async () => {
  testApp = await openTestApp()
  ada = await newGuest(testApp.app, 'Ada')
  bob = await newGuest(testApp.app, 'Bob')
})

afterAll(() => testApp.close())

test('only those who are named vote, of whom the creator sees who has', async () => {
  const poll = await ada.newPoll({ roll: ['Ada', 'cem@example.org'] })
  expect(poll).toMatchObject({ hasRoll: true, electorate: 2 })
  expectProblem(await bob.vote(poll, 0), 'not_on_roll')
  expect((await ada.vote(poll, 0)).statusCode).toBe(200)
  expect((await ada.get(`/polls/${poll.id}/roll`)).json()).toEqual({
    people: [
      { name: 'Ada', hasVoted: true },
      { name: 'cem@example.org', hasVoted: false },
    ],
  })
  expectProblem(await bob.get(`/polls/${poll.id}/roll`), 'forbidden')
  expectProblem(await new Client(testApp.app).get(`/polls/${poll.id}/roll`), 'forbidden')
  const { body } = await bob.get(`/polls/${poll.id}/events`)
  expect(body).not.toContain('example.org')
})

test('without a list there is nobody on it', async () => {
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
