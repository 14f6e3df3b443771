import { expect, test } from 'vitest'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { type Client, newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

/** Closes a new poll after these people voted for the options at these indexes. */
async function closed(votes: [Client, number][]) {
  const poll = await ada.newPoll()
  for (const [voter, place] of votes) await voter.vote(poll, place)
  const response = await ada.send('PUT', `/polls/${poll.id}/closure`)
  expect(response.statusCode).toBe(200)
  return { closed: pollSchema.parse(response.json()), options: poll.options.map(({ id }) => id) }
}

test('closing names the winner', async () => {
  const { closed: poll, options } = await closed([[bob, 1]])
  expect(poll).toMatchObject({ status: 'closed', closedAt: testApp.clock.now().toISOString() })
  expect(poll.outcome).toEqual({ kind: 'winner', options: [options[1]], votes: 1 })
})

test('closing names all tied options', async () => {
  const { closed: poll, options } = await closed([
    [ada, 0],
    [bob, 1],
  ])
  expect(poll.outcome).toEqual({ kind: 'tie', options, votes: 1 })
})

test('closing says that nobody voted', async () => {
  expect((await closed([])).closed.outcome).toEqual({ kind: 'no_votes', options: [], votes: 0 })
})

test('closing a closed poll changes nothing', async () => {
  const { closed: poll } = await closed([])
  const response = await ada.send('PUT', `/polls/${poll.id}/closure`, '', { 'content-type': 'application/json' })
  expect(response.json()).toEqual(poll)
})

test('a reopened poll has its votes and no outcome', async () => {
  const { closed: poll } = await closed([[bob, 0]])
  const response = await ada.send('DELETE', `/polls/${poll.id}/closure`)
  expect(response.statusCode).toBe(200)
  expect(pollSchema.parse(response.json())).toMatchObject({
    status: 'open',
    closedAt: null,
    outcome: null,
    totalVotes: 1,
  })
  expect((await bob.vote(poll, 1)).statusCode).toBe(200)
})

test('a closed poll is archived and restored', async () => {
  const { closed: poll } = await closed([])
  const archived = await ada.send('PUT', `/polls/${poll.id}/archive`)
  expect(archived.statusCode).toBe(200)
  expect(pollSchema.parse(archived.json()).archivedAt).toBe(testApp.clock.now().toISOString())
  const restored = await ada.send('DELETE', `/polls/${poll.id}/archive`)
  expect(pollSchema.parse(restored.json())).toMatchObject({ status: 'closed', archivedAt: null })
})

test('an open poll cannot be archived', async () => {
  const { id } = await ada.newPoll()
  expect(expectProblem(await ada.send('PUT', `/polls/${id}/archive`), 'poll_open').revision).toBe(1)
})

test.each([
  ['PUT', 'closure'],
  ['DELETE', 'closure'],
  ['PUT', 'archive'],
  ['DELETE', 'archive'],
] as const)('only the creator may %s %s', async (method, resource) => {
  const { closed: poll } = await closed([])
  expectProblem(await bob.send(method, `/polls/${poll.id}/${resource}`), 'forbidden')
  expectProblem(await ada.send(method, `/polls/${noPoll}/${resource}`), 'not_found')
})
