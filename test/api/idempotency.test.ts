import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { day } from '../support/clock.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

const lunch = { title: 'Lunch?', options: ['Noodles', 'Soup'] }
const create = (client: Client, key: string, poll: object = lunch) =>
  client.send('POST', '/polls', poll, { 'idempotency-key': key })
const pollsOf = ({ id }: { id: string }) => testApp.database.prisma.poll.count({ where: { createdById: id } })

test('a repeated request for a poll returns the same poll and response', async () => {
  const first = await create(ada, 'again')
  await ada.vote(first.json(), 0)
  const second = await create(ada, 'again', { options: ['Noodles', ' Soup'], title: 'Lunch? ', optionsOpen: true })
  for (const response of [first, second]) expect(response.statusCode).toBe(201)
  expect(second.body).toBe(first.body)
  expect(second.headers.location).toBe(first.headers.location)
  expect(second.headers.etag).toBe(first.headers.etag)
})

test('two simultaneous requests create one poll', async () => {
  const before = await pollsOf(ada)
  const answers = await Promise.all(Array.from({ length: 10 }, () => create(ada, 'at-once')))
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  expect(answers[0]?.statusCode).toBe(201)
  expect(await pollsOf(ada)).toBe(before + 1)
})

test('a repeated comment is added once', async () => {
  const { id } = await ada.newPoll()
  const comment = () => ada.send('POST', `/polls/${id}/comments`, { body: 'Hm.' }, { 'idempotency-key': 'hm' })
  const [first, second] = await Promise.all([comment(), comment()])
  const third = await comment()
  expect([first.body, second.body, third.statusCode]).toEqual([third.body, third.body, 201])
  expect((await ada.get(`/polls/${id}`)).json()).toMatchObject({ comments: 1, revision: 2 })
})

test('a key is refused for another request', async () => {
  const { id } = (await create(ada, 'reused')).json()
  expectProblem(await create(ada, 'reused', { ...lunch, title: 'Dinner?' }), 'idempotency_key_reused')
  const comment = (poll: string, body: string) =>
    ada.send('POST', `/polls/${poll}/comments`, { body }, { 'idempotency-key': 'said' })
  await comment(id, 'Hm.')
  const other = await ada.newPoll()
  expectProblem(await comment(id, 'Oh.'), 'idempotency_key_reused')
  expectProblem(await comment(other.id, 'Hm.'), 'idempotency_key_reused')
})

test('two people may use the same key', async () => {
  const ids = [(await create(ada, 'same')).json().id, (await create(bob, 'same')).json().id]
  expect(ids[0]).not.toBe(ids[1])
})

test('a refusal does not use up the key', async () => {
  const { id } = await ada.newPoll()
  const comment = (revision: string) =>
    bob.send('POST', `/polls/${id}/comments`, { body: 'Hm.' }, { 'idempotency-key': 'kept', 'if-match': revision })
  expectProblem(await comment('"2"'), 'revision_mismatch')
  expect((await comment('"1"')).statusCode).toBe(201)
})

test('a key expires after a day', async () => {
  const first = (await create(ada, 'daily')).json()
  testApp.clock.advance(day - 1)
  expect((await create(ada, 'daily')).json().id).toBe(first.id)
  testApp.clock.advance(1)
  expect((await create(ada, 'daily')).json().id).not.toBe(first.id)
})

test.each(['', ' ', 'two words', 'tab\there', 'é', 'x'.repeat(256)])('a bad key is refused: “%s”', async (key) => {
  const { errors } = expectProblem(await create(ada, key), 'invalid_input')
  expect(errors).toEqual([{ path: 'idempotency-key', message: expect.stringContaining('1 to 255 visible ASCII') }])
})
