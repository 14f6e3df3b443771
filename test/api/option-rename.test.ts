import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { type Client, newGuest } from './client.ts'
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

test('the creator renames an option, and confirms it once people have voted', async () => {
  const { id, options } = await ada.newPoll({ options: ['A', 'B'] })
  const [a, b] = options.map((option) => option.id)
  const rename = (client: Client, body: object, option = a) =>
    client.send('PATCH', `/polls/${id}/options/${option}`, body)
  expect((await rename(ada, { title: 'C' })).json()).toMatchObject({
    revision: 2,
    options: [
      { id: a, title: 'C', formerTitle: null },
      { id: b, title: 'B' },
    ],
  })
  expect((await rename(ada, { title: 'C' })).json()).toMatchObject({ revision: 2 })
  await bob.send('PUT', `/polls/${id}/ballot`, { choices: [b] })
  expectProblem(await rename(ada, { title: 'D' }), 'unconfirmed')
  expect((await rename(ada, { title: 'D', isConfirmed: true })).json().options[0]).toMatchObject({
    title: 'D',
    formerTitle: 'C',
  })
  const { events } = (await ada.send('GET', `/polls/${id}/events`)).json()
  expect(events.at(-1)).toMatchObject({ type: 'option_renamed', facts: { optionId: a, from: 'C', to: 'D' } })
  expectProblem(await rename(bob, { title: 'E' }), 'forbidden')
  expectProblem(await rename(ada, { title: 'b' }), 'option_exists')
  expectProblem(await rename(ada, { title: 'E' }, 'zzzzzzzzzzzz'), 'unknown_option')
  const { errors } = expectProblem(await rename(ada, { title: '' }), 'invalid_input')
  expect(errors).toMatchObject([{ path: 'title' }])
  await ada.send('PUT', `/polls/${id}/closure`)
  expectProblem(await rename(ada, { title: 'E', isConfirmed: true }), 'poll_closed')
})
