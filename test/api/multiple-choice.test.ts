import { expect, test } from 'vitest'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')

test('a ballot has all chosen options, in the poll’s order', async () => {
  const poll = await ada.newPoll({ method: 'multiple_choice', options: ['A', 'B', 'C'] })
  expect(poll).toMatchObject({ method: 'multiple_choice', maxChoices: null })
  const [a = '', , c = ''] = poll.options.map(({ id }) => id)
  const voted = pollSchema.parse((await ada.send('PUT', `/polls/${poll.id}/ballot`, { choices: [c, a] })).json())
  expect(voted).toMatchObject({ totalVotes: 1, myChoices: [a, c], options: [{ votes: 1 }, { votes: 0 }, { votes: 1 }] })
  const closed = pollSchema.parse((await ada.send('PUT', `/polls/${poll.id}/closure`)).json())
  expect(closed.outcome).toEqual({ kind: 'tie', options: [a, c], votes: 1 })
})

test('the maximum number of choices is stored', async () => {
  const poll = await ada.newPoll({ method: 'multiple_choice', maxChoices: 2, options: ['A', 'B', 'C'] })
  const choices = poll.options.map(({ id }) => id)
  const { errors } = expectProblem(await ada.send('PUT', `/polls/${poll.id}/ballot`, { choices }), 'invalid_choices')
  const message = 'Choose at most 2 options: withdraw one before you choose another.'
  expect(errors).toEqual([{ path: 'choices', message }])
})

test.each([
  [
    { method: 'approval' },
    { path: 'method', message: 'Choose single_choice, multiple_choice, score, ranked or dates.' },
  ],
  [
    { maxChoices: 2 },
    {
      path: 'maxChoices',
      message:
        'Only a poll where people choose several options (multiple_choice) has a maximum number of options. Leave this empty.',
    },
  ],
  [
    { method: 'multiple_choice', maxChoices: 1 },
    { path: 'maxChoices', message: 'Enter 2 or more. For 1, let people choose one option (single_choice).' },
  ],
  [
    { method: 'multiple_choice', maxChoices: '2' },
    {
      path: 'maxChoices',
      message: 'Enter how many options a voter may choose: a whole number from 2 to 50, or leave it empty.',
    },
  ],
])('a new poll with %j is refused', async (fields, error) => {
  const poll = { title: 'Lunch?', options: ['A', 'B'], ...fields }
  expect(expectProblem(await ada.send('POST', '/polls', poll), 'invalid_input').errors).toEqual([error])
})

test('the method changes until somebody has voted, and a vote by the old one is asked again', async () => {
  const { id, options } = await ada.newPoll()
  const choices = options.map((option) => option.id)
  const changed = await ada.send('PATCH', `/polls/${id}`, { method: 'multiple_choice', votesFinal: true })
  expect(changed.json()).toMatchObject({ method: 'multiple_choice', votesFinal: true })
  const old = await ada.send('PUT', `/polls/${id}/ballot`, { choices, shownRevision: 1 })
  expect(expectProblem(old, 'rules_changed').status).toBe(409)
  expect((await ada.send('PUT', `/polls/${id}/ballot`, { choices, shownRevision: 2 })).statusCode).toBe(200)
  const late = await ada.send('PATCH', `/polls/${id}`, { method: 'ranked', quorum: 2 })
  expect(expectProblem(late, 'poll_has_votes').errors).toMatchObject([{ path: 'method' }, { path: 'quorum' }])
  const { events } = (await ada.get(`/polls/${id}/events`)).json()
  expect(events[1].facts).toEqual({
    method: { from: 'single_choice', to: 'multiple_choice' },
    votesFinal: { from: false, to: true },
  })
})

test('whether a poll is anonymous never changes', async () => {
  const { id } = await ada.newPoll()
  const response = await ada.send('PATCH', `/polls/${id}`, { anonymous: true })
  expect(expectProblem(response, 'invalid_input').errors).toMatchObject([{ path: 'anonymous' }])
})
