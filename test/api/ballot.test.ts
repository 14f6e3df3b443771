import { expect, test } from 'vitest'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

test('a vote is cast, changed, cast again and withdrawn', async () => {
  const poll = await ada.newPoll()
  const [noodles, soup] = poll.options.map(({ id }) => id)
  const steps = [
    { answer: await bob.vote(poll, 0), revision: 2, votes: [1, 0], mine: [noodles] },
    { answer: await bob.vote(poll, 1), revision: 3, votes: [0, 1], mine: [soup] },
    { answer: await bob.vote(poll, 1), revision: 3, votes: [0, 1], mine: [soup] },
    { answer: await bob.send('DELETE', `/polls/${poll.id}/ballot`), revision: 4, votes: [0, 0], mine: [] },
    { answer: await bob.send('DELETE', `/polls/${poll.id}/ballot`), revision: 4, votes: [0, 0], mine: [] },
  ]
  for (const { answer, revision, votes, mine } of steps) {
    expect(answer.statusCode).toBe(200)
    const shown = pollSchema.parse(answer.json())
    expect(shown).toMatchObject({ revision, myChoices: mine, totalVotes: mine.length })
    expect(shown.options.map((option) => option.votes)).toEqual(votes)
  }
})

test('each person sees only their own vote as theirs', async () => {
  const poll = await ada.newPoll()
  await ada.vote(poll, 0)
  expect((await bob.vote(poll, 1)).json()).toMatchObject({ totalVotes: 2, myChoices: [poll.options[1]?.id] })
})

test('a closed poll refuses votes and keeps the ones it has', async () => {
  const poll = await ada.newPoll()
  await bob.vote(poll, 0)
  await ada.send('PUT', `/polls/${poll.id}/closure`)
  expect(expectProblem(await bob.vote(poll, 1), 'poll_closed').revision).toBe(3)
  expectProblem(await bob.send('DELETE', `/polls/${poll.id}/ballot`), 'poll_closed')
})

test('an option of another poll, or an unknown one, is refused', async () => {
  const poll = await ada.newPoll()
  const other = await ada.newPoll()
  for (const choice of [other.options[0]?.id, 'x', '', '\0', '\ud800', '__proto__', '<script>']) {
    const response = await bob.send('PUT', `/polls/${poll.id}/ballot`, { choices: [choice] })
    expect(expectProblem(response, 'unknown_option').errors?.[0]?.path).toBe('choices')
  }
})

test('a ballot has exactly one choice', async () => {
  const poll = await ada.newPoll()
  const ids = poll.options.map(({ id }) => id)
  for (const choices of [[], ids, [ids[0], ids[0]]]) {
    expectProblem(await bob.send('PUT', `/polls/${poll.id}/ballot`, { choices }), 'invalid_choices')
  }
})

test.each([
  {},
  { choices: 'x' },
  { choices: [1] },
  { choices: null },
  { choices: Array(51).fill('x') },
  { choice: 'x' },
])('an invalid ballot is refused: %j', async (body) => {
  const poll = await ada.newPoll()
  expectProblem(await bob.send('PUT', `/polls/${poll.id}/ballot`, body), 'invalid_input')
})

test('a vote in a missing poll is refused', async () => {
  expectProblem(await bob.send('PUT', `/polls/${noPoll}/ballot`, { choices: ['x'] }), 'not_found')
  expectProblem(await bob.send('DELETE', `/polls/${noPoll}/ballot`), 'not_found')
})

test('the creator sets a vote aside and counts it again', async () => {
  const ann = await newGuest(testApp.app, 'Ann')
  const voter = await newGuest(testApp.app, 'Voter')
  const poll = await ann.newPoll()
  await voter.vote(poll, 0)
  const path = `/polls/${poll.id}/votes/${voter.id}/set-aside`
  expectProblem(await voter.send('PUT', path, { reason: 'No' }), 'forbidden')
  expectProblem(await ann.send('PUT', path, { reason: '' }), 'invalid_input')
  expect((await ann.send('PUT', path, { reason: 'Voted twice' })).json()).toMatchObject({ totalVotes: 0 })
  expectProblem(await voter.vote(poll, 1), 'vote_set_aside')
  expect((await voter.get(`/polls/${poll.id}/events?after=2`)).json().events).toMatchObject([
    { type: 'vote_set_aside', facts: { voter: { id: voter.id, name: 'Voter' }, reason: 'Voted twice' } },
  ])
  expect((await ann.send('DELETE', path)).json()).toMatchObject({ totalVotes: 1 })
  expectProblem(await ann.send('DELETE', `/polls/${poll.id}/votes/nobody/set-aside`), 'not_found')
})
