import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventSchema } from '../../src/api/event-representation.ts'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

let testApp: TestApp
let ada: Client
let bob: Client & { id: string }

beforeAll(async () => {
  testApp = await openTestApp()
  ada = await newGuest(testApp.app, 'Ada')
  bob = await newGuest(testApp.app, 'Bob')
})
afterAll(() => testApp.close())

function link({ id }: { id: string }) {
  const account = { chat: 'flowdock', accountId: id, name: 'Bob', email: null, avatarUrl: null }
  return testApp.services.chatAccounts.signIn(account, { id, name: 'Bob' })
}

test('a poll can be for the votes of people who have signed in', async () => {
  const poll = await ada.newPoll({ votersSignedIn: true })
  expect(poll.votersSignedIn).toBe(true)
  expectProblem(await bob.vote(poll, 0), 'sign_in_required')
  expect((await bob.vote(poll, 0)).statusCode).toBe(403)
  const carl = await newGuest(testApp.app, 'Carl')
  await link(carl)
  expect((await carl.vote(poll, 0)).json()).toMatchObject({ totalVotes: 1 })
})

test('it can be made so later, and the log tells whose votes do not count any more', async () => {
  const poll = await ada.newPoll()
  await bob.vote(poll, 1)
  const edited = await ada.send('PATCH', `/polls/${poll.id}`, { votersSignedIn: true })
  expect(pollSchema.parse(edited.json())).toMatchObject({ votersSignedIn: true, totalVotes: 0, revision: 3 })
  const { events } = (await ada.get(`/polls/${poll.id}/events`)).json()
  const last = events
    .map((event: unknown) => eventSchema.parse(event))
    .find(({ revision }: { revision: number }) => revision === 3)
  expect(last.facts).toEqual({
    votersSignedIn: { from: false, to: true },
    uncounted: [{ personId: bob.id, choices: [poll.options[1]?.id] }],
  })
  expect((await bob.get(`/polls/${poll.id}`)).json()).toMatchObject({ myChoices: [] })
})

test('what is neither true nor false is refused', async () => {
  const answer = await ada.send('POST', '/polls', { title: 'Lunch?', options: ['a', 'b'], votersSignedIn: 'yes' })
  expectProblem(answer, 'invalid_input')
})
