import { expect, test } from 'vitest'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { expectConsistent } from '../support/polls.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')

test('points are listed in the poll’s order, and summed', async () => {
  const { id, options } = await ada.newPoll({ method: 'score', options: ['A', 'B', 'C'] })
  const [a, b, c] = options.map((option) => option.id)
  const put = async (client: Client, ...choices: string[]) =>
    pollSchema.parse((await client.send('PUT', `/polls/${id}/ballot`, { choices })).json())
  expect(await put(ada, `${c}=5`, `${a}=2`)).toMatchObject({ method: 'score', myChoices: [`${a}=2`, `${c}=5`] })
  expect(await put(await newGuest(testApp.app, 'Bob'), `${a}=3`, `${b}=0`, `${c}=1`)).toMatchObject({
    totalVotes: 2,
    options: [{ votes: 5 }, { votes: 0 }, { votes: 6 }],
  })
  expect((await ada.send('GET', `/polls/${id}/results.csv`)).body).toContain('A,5,50.0')
  const outcome = { kind: 'winner', options: [c], votes: 6 }
  expect((await ada.send('GET', `/polls/${id}/count`)).json()).toEqual({ revision: 3, outcome, ranking: null })
  expect((await ada.send('PUT', `/polls/${id}/closure`)).json()).toMatchObject({ outcome })
  await expectConsistent(testApp.database, id)
})

test('0 points for every option are a vote, and nothing wins', async () => {
  const { id, options } = await ada.newPoll({ method: 'score', options: ['A', 'B'] })
  await ada.send('PUT', `/polls/${id}/ballot`, { choices: options.map((option) => `${option.id}=0`) })
  const outcome = { kind: 'no_support', options: [], votes: 0 }
  expect((await ada.send('GET', `/polls/${id}/count`)).json()).toMatchObject({ outcome })
  expect((await ada.send('PUT', `/polls/${id}/closure`)).json()).toMatchObject({ outcome, totalVotes: 1 })
  expect((await ada.send('GET', `/polls/${id}/events`)).json().events.at(-1).facts).toEqual({ outcome })
  expect((await ada.send('GET', `/polls/${id}/results.csv`)).body).toContain('A,0,0.0')
})

test('an older log with a tie of options without points shows no tie', async () => {
  const { id, options } = await ada.newPoll({ method: 'score', options: ['A', 'B'] })
  await ada.send('PUT', `/polls/${id}/ballot`, { choices: [`${options[0]?.id}=0`] })
  await ada.send('PUT', `/polls/${id}/closure`)
  const outcome = { kind: 'tie', options: options.map((option) => option.id), votes: 0 }
  const closed = { pollId_revision: { pollId: id, revision: 3 } }
  await testApp.database.prisma.event.update({ where: closed, data: { facts: { outcome } } })
  const { events } = (await ada.send('GET', `/polls/${id}/events`)).json()
  expect(events.at(-1).facts).toEqual({ outcome: { kind: 'no_support', options: [], votes: 0 } })
})

test('invalid points are refused', async () => {
  const { id, options } = await ada.newPoll({ method: 'score', options: ['A', 'B'] })
  const put = (...choices: string[]) => ada.send('PUT', `/polls/${id}/ballot`, { choices })
  const { errors } = expectProblem(await put(options[0]?.id ?? ''), 'invalid_choices')
  expect(errors).toEqual([{ path: 'choices', message: 'Give each option a whole number of points from 0 to 5.' }])
  expectProblem(await put('zzzzzzzzzzzz=3'), 'unknown_option')
  const single = await ada.newPoll()
  expectProblem(
    await ada.send('PUT', `/polls/${single.id}/ballot`, { choices: [`${single.options[0]?.id}=1`] }),
    'unknown_option',
  )
})
