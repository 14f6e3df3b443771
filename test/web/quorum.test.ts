import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, page, textOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

test('before the quorum nobody leads, and a closed poll has no result', async () => {
  const { id, path, options } = await createPoll(ann, { quorum: '2' })
  await ann.post(`${path}/ballot`, { choice: options[0] ?? '' })
  await ann.follow()
  expect(textOf(ann, '#standing')).toBe('No result yet: 1 of at least 2 people have voted 1 vote')
  expect(page(ann).querySelector('.leader')).toBeNull()
  await ann.post(`${path}/close`)
  await ann.follow()
  expect(textOf(ann, '#standing')).toBe('No result: 1 of at least 2 people voted 1 vote')
  expect(textOf(ann, '#event-list p')).toBe('Ann closed the poll. Too few voted for a result')
  const { outcome } = (await ann.get(`/api/polls/${id}`)).json()
  expect(outcome).toEqual({ kind: 'no_quorum', options: [], votes: 0 })
})

test('once the quorum is reached, the votes decide', async () => {
  const { path, options } = await createPoll(ann, { quorum: '2' })
  await ann.post(`${path}/ballot`, { choice: options[0] ?? '' })
  const bob = await visitor(testApp, 'Bob')
  await bob.get(path)
  await bob.post(`${path}/ballot`, { choice: options[0] ?? '' })
  await bob.follow()
  expect(textOf(bob, '#standing')).toBe('Tres Bones leads 2 votes')
})

test.each([
  ['1', 'Enter how many people have to vote: a whole number from 2 to 1,000,000, or leave it empty.'],
  ['1000001', 'Enter how many people have to vote: a whole number from 2 to 1,000,000, or leave it empty.'],
  ['half', 'Enter how many people have to vote: a whole number from 2 to 1,000,000, or leave it empty.'],
])('the quorum cannot be %s', async (quorum, message) => {
  await ann.get('/polls/new')
  expect((await ann.post('/polls', { title: 'Which?', options: ['A', 'B'], quorum })).statusCode).toBe(422)
  expect(textOf(ann, '#quorum-error')).toBe(message)
  expect(page(ann).querySelector('#quorum')?.getAttribute('value')).toBe(quorum)
})
