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
  testApp = await openTestApp({
    env: { FLOWDOCK_API_URL: 'http://127.0.0.1:1', FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: 'secret' },
  })
  ada = await newGuest(testApp.app, 'Ada')
  bob = await newGuest(testApp.app, 'Bob')
})
afterAll(() => testApp.close())

function link({ id }: { id: string }) {
  const account = { chat: 'flowdock', accountId: id, name: 'Bob', email: null, avatarUrl: null }
  return testApp.services.chatAccounts.signIn(account, { id, name: 'Bob' })
}

test('a poll can be limited to people who have signed in', async () => {
  const poll = await ada.newPoll({ votersSignedIn: true })
  expect(poll.votersSignedIn).toBe(true)
  expectProblem(await bob.vote(poll, 0), 'sign_in_required')
  expect((await bob.vote(poll, 0)).statusCode).toBe(403)
  const carl = await newGuest(testApp.app, 'Carl')
  await link(carl)
  expect((await carl.vote(poll, 0)).json()).toMatchObject({ totalVotes: 1 })
})

test('a later limit is possible, and the log names the votes that no longer count', async () => {
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

test('a value that is not a boolean is refused', async () => {
  const answer = await ada.send('POST', '/polls', { title: 'Lunch?', options: ['a', 'b'], votersSignedIn: 'yes' })
  expectProblem(answer, 'invalid_input')
})

test('without a chat, no poll is limited to people who have signed in, and a limited one can be edited', async () => {
  const without = await openTestApp()
  const carl = await newGuest(without.app, 'Carl')
  const problem = { path: 'votersSignedIn', message: expect.stringContaining('Nobody could vote') }
  const asked = { title: 'Lunch?', options: ['A', 'B'], votersSignedIn: true }
  const created = await carl.send('POST', '/polls', asked)
  expect(expectProblem(created, 'invalid_input').errors).toEqual([problem])
  const { id } = await carl.newPoll()
  const edited = await carl.send('PATCH', `/polls/${id}`, { votersSignedIn: true })
  expect(expectProblem(edited, 'invalid_input').errors).toEqual([problem])

  await without.database.prisma.poll.update({ where: { id }, data: { votersSignedIn: true, revision: 2 } })
  const kept = await carl.send('PATCH', `/polls/${id}`, { title: 'Dinner?', votersSignedIn: true })
  expect(pollSchema.parse(kept.json())).toMatchObject({ title: 'Dinner?', votersSignedIn: true })
  const opened = await carl.send('PATCH', `/polls/${id}`, { votersSignedIn: false })
  expect(pollSchema.parse(opened.json())).toMatchObject({ votersSignedIn: false })
  await without.close()
})
