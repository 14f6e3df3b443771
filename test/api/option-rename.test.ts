import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

test('the creator removes an option, and confirms it if people voted for it', async () => {
  const poll = await ada.newPoll({ options: ['Noodles', 'Soup', 'Rice'] })
  await bob.vote(poll, 0)
  const path = `/polls/${poll.id}/options/${poll.options[0]?.id}`
  expectProblem(await bob.send('DELETE', path), 'forbidden')
  expectProblem(await ada.send('DELETE', path), 'unconfirmed')
  expect((await ada.send('DELETE', `${path}?isConfirmed=true`)).json()).toMatchObject({
    options: [{ title: 'Soup' }, { title: 'Rice' }],
    totalVotes: 0,
  })
  expect((await bob.get(`/polls/${poll.id}/events?after=2`)).json().events).toMatchObject([
    { type: 'option_removed', facts: { option: { title: 'Noodles' }, changed: [{ personId: bob.id }] } },
  ])
  expectProblem(await ada.send('DELETE', `/polls/${poll.id}/options/${poll.options[1]?.id}`), 'too_few_options')
})

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
