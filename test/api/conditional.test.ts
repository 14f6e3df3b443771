import { expect, test } from 'vitest'
import type { PollJson } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { minute } from '../support/clock.ts'
import { type Client, newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

let poll: PollJson

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

const tagOf = async (client: Client) => String((await client.get(`/polls/${poll.id}`)).headers.etag)

test('an unchanged poll is not sent again', async () => {
  poll = await ada.newPoll()
  const tag = await tagOf(ada)
  expect(tag).toMatch(/^"1-[\w-]+"$/)
  for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
    const response = await ada.get(`/polls/${poll.id}`, { 'if-none-match': known })
    expect([response.statusCode, response.body, response.headers.etag]).toEqual([304, '', tag])
    expect(response.headers['cache-control']).toBe('private, no-cache')
  }
})

test('the ETag changes with everything that the JSON shows', async () => {
  poll = await ada.newPoll()
  const tags = [await tagOf(ada)]
  await ada.vote(poll, 0)
  tags.push(await tagOf(ada), await tagOf(bob))
  testApp.clock.advance(minute)
  await testApp.services.people.rename(ada.id, 'Ada Lovelace')
  tags.push(await tagOf(ada), await tagOf(bob))
  expect(new Set(tags).size).toBe(5)
  await testApp.services.people.rename(ada.id, 'Ada')
})

test.each(['"0"', '"1"', 'nonsense', '""'])('another ETag gets the whole poll: %s', async (known) => {
  poll = await ada.newPoll()
  const response = await ada.get(`/polls/${poll.id}`, { 'if-none-match': known })
  expect([response.statusCode, response.json().id]).toEqual([200, poll.id])
})

const changes = {
  edit: ['PATCH', '', { title: 'Dinner?' }],
  delete: ['DELETE', '', undefined],
  'cast a vote': ['PUT', '/ballot', { choices: ['x'] }],
  'withdraw a vote': ['DELETE', '/ballot', undefined],
  'add an option': ['POST', '/options', { title: 'Dumplings' }],
  comment: ['POST', '/comments', { body: 'Hm.' }],
  close: ['PUT', '/closure', undefined],
  reopen: ['DELETE', '/closure', undefined],
  archive: ['PUT', '/archive', undefined],
  restore: ['DELETE', '/archive', undefined],
} as const

test.each(Object.entries(changes))('%s: fails if the poll has changed', async (_name, [method, path, body]) => {
  poll = await ada.newPoll()
  await bob.vote(poll, 0)
  const response = await ada.send(method, `/polls/${poll.id}${path}`, body, { 'if-match': '"1"' })
  expect(expectProblem(response, 'revision_mismatch').revision).toBe(2)
  expect((await ada.get(`/polls/${poll.id}`)).json().revision).toBe(2)
})

test.each(['"1"', '"1-digest"', '*', '"7", "1"', '"9","1-abc"'])(
  'a change succeeds if the poll matches %s',
  async (header) => {
    poll = await ada.newPoll()
    const response = await ada.send('PATCH', `/polls/${poll.id}`, { title: 'Dinner?' }, { 'if-match': header })
    expect([response.statusCode, response.json().title]).toEqual([200, 'Dinner?'])
  },
)

test('the ETag of a response is accepted in the next request', async () => {
  poll = await ada.newPoll()
  const edited = await ada.send('PATCH', `/polls/${poll.id}`, { title: 'Tea?' }, { 'if-match': await tagOf(bob) })
  expect(edited.statusCode).toBe(200)
  expect(edited.headers.etag).toBe(await tagOf(ada))
})

test.each(['W/"1"', '"2"', '"one"', '""', '"99999999999999999999"', '"2", "3"', 'W/"1", W/"1"'])(
  'a change fails if the poll does not match %s',
  async (header) => {
    poll = await ada.newPoll()
    const response = await ada.vote(poll, 0, { 'if-match': header })
    expect(expectProblem(response, 'revision_mismatch').revision).toBe(1)
  },
)

test.each(['1', '"1', 'W/1', '"1" "2"', '"1",', ' , ', '*, "1"'])(
  'a malformed If-Match is refused: %s',
  async (header) => {
    poll = await ada.newPoll()
    const { errors } = expectProblem(await ada.vote(poll, 0, { 'if-match': header }), 'invalid_input')
    expect(errors?.[0]?.path).toBe('if-match')
  },
)

test('a missing poll matches nothing', async () => {
  for (const header of ['*', '"1"', '"1", "2"']) {
    expectProblem(await ada.send('PUT', `/polls/${noPoll}/closure`, undefined, { 'if-match': header }), 'not_found')
  }
})

test('of two simultaneous changes of the same revision, one succeeds', async () => {
  poll = await ada.newPoll()
  const edit = (title: string) => ada.send('PATCH', `/polls/${poll.id}`, { title }, { 'if-match': '"1"' })
  const answers = await Promise.all([edit('Breakfast?'), edit('Dinner?')])
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412])
})
