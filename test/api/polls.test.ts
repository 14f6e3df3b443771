import { expect, test } from 'vitest'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { Client, newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp({ env: { PUBLIC_URL: 'https://polls.example.org' } }))
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

test('a poll is created', async () => {
  const response = await ada.send('POST', '/polls', {
    title: ' Where to  eat lunch? ',
    description: 'Friday\r\nat noon',
    category: ' Food ',
    options: ['Noodles', 'Soup 🍜'],
  })
  expect(response.statusCode).toBe(201)
  const poll = pollSchema.parse(response.json())
  expect(response.headers.location).toBe(`/api/polls/${poll.id}`)
  expect(poll).toEqual({
    id: expect.stringMatching(/^[a-z2-9]{16}$/),
    url: `https://polls.example.org/polls/where-to-eat-lunch-${poll.id}`,
    title: 'Where to eat lunch?',
    formerTitle: null,
    description: 'Friday\nat noon',
    category: 'Food',
    status: 'open',
    revision: 1,
    options: [
      { id: expect.any(String), title: 'Noodles', formerTitle: null, votes: 0, maybes: 0 },
      { id: expect.any(String), title: 'Soup 🍜', formerTitle: null, votes: 0, maybes: 0 },
    ],
    method: 'single_choice',
    maxChoices: null,
    resultsVisible: 'always',
    quorum: null,
    votesFinal: false,
    capacity: null,
    timeZone: null,
    electorate: null,
    optionsOpen: true,
    votersSignedIn: false,
    hasRoll: false,
    optionsModerated: false,
    proposals: [],
    anonymous: false,
    unlisted: false,
    hasVoted: false,
    totalVotes: 0,
    myChoices: [],
    comments: 0,
    createdBy: { id: ada.id, name: 'Ada', isGuest: true },
    createdAt: testApp.clock.now().toISOString(),
    closesAt: null,
    closedAt: null,
    archivedAt: null,
    outcome: null,
    settledOptionId: null,
    remindHours: null,
  })
})

test('a closing time is set with its zone, moved, and cleared', async () => {
  const poll = await ada.newPoll({ closesAt: '2026-03-14T12:00:00+01:00' })
  expect(poll.closesAt).toBe('2026-03-14T11:00:00.000Z')
  const edited = async (closesAt: string | null) =>
    pollSchema.parse((await ada.send('PATCH', `/polls/${poll.id}`, { closesAt })).json()).closesAt
  expect(await edited('2026-03-14T12:30:15.500Z')).toBe('2026-03-14T12:30:15.500Z')
  expect(await edited(null)).toBeNull()
})

test.each([
  ['2026-03-14T12:00:00', 'The closing time must be a date and a time with its zone, such as 2030-12-24T18:00:00Z.'],
  ['2026-02-30T12:00:00Z', 'The closing time must be a date and a time with its zone, such as 2030-12-24T18:00:00Z.'],
  ['tomorrow', 'The closing time must be a date and a time with its zone, such as 2030-12-24T18:00:00Z.'],
  [1_800_000_000, 'The closing time must be a date and a time with its zone, such as 2030-12-24T18:00:00Z.'],
  ['2026-03-14T09:26:53.589Z', 'The closing time is in the past. Choose a later one, or none.'],
  ['9999-12-31T23:59:59Z', 'The closing time is too far away: it can be at most 1,000 days ahead.'],
])('the closing time %s is refused', async (closesAt, message) => {
  const poll = { title: 'Lunch?', options: ['A', 'B'] }
  const { errors } = expectProblem(await ada.send('POST', '/polls', { ...poll, closesAt }), 'invalid_input')
  expect(errors).toEqual([{ path: 'closesAt', message }])
  const { id } = await ada.newPoll()
  const response = await ada.send('PATCH', `/polls/${id}`, { closesAt })
  expect(expectProblem(response, 'invalid_input').errors).toEqual([{ path: 'closesAt', message }])
})

test('after its closing time, a poll refuses votes, and says when it closed', async () => {
  const closesAt = new Date(testApp.clock.now().getTime() + 60_000)
  const poll = await ada.newPoll({ closesAt: closesAt.toISOString() })
  await bob.vote(poll, 0)
  testApp.clock.advance(60_000)
  expectProblem(await bob.vote(poll, 1), 'poll_closed')
  const seen = pollSchema.parse((await bob.get(`/polls/${poll.id}`)).json())
  expect(seen).toMatchObject({ status: 'closed', closedAt: closesAt.toISOString(), outcome: { kind: 'winner' } })
})

test('each error in a new poll names its field', async () => {
  const response = await ada.send('POST', '/polls', {
    title: 'ab',
    category: 'x'.repeat(41),
    options: ['One', ' one', 3],
    colour: 'red',
  })
  const { errors } = expectProblem(response, 'invalid_input')
  expect(errors?.map(({ path }) => path)).toEqual(['title', 'category', 'options.2', 'colour'])
  const { errors: alike } = expectProblem(
    await ada.send('POST', '/polls', { title: 'Lunch?', options: ['One', ' one'] }),
    'invalid_input',
  )
  expect(alike).toEqual([{ path: 'options.1', message: 'This is the same as option 1.' }])
})

test.each([[], 'text', 7, null, ['title']])('a body that is not an object is refused: %j', async (body) => {
  const response = await ada.send('POST', '/polls', JSON.stringify(body), { 'content-type': 'application/json' })
  expect(expectProblem(response, 'invalid_input').errors).toEqual([{ path: '', message: 'Send a JSON object.' }])
})

test('a poll contains the vote of the person who asks', async () => {
  const poll = await ada.newPoll()
  await bob.vote(poll, 1)
  const seen = pollSchema.parse((await bob.get(`/polls/${poll.id}`)).json())
  expect(seen).toMatchObject({ revision: 2, totalVotes: 1, myChoices: [poll.options[1]?.id] })
  expect(seen.options.map(({ votes }) => votes)).toEqual([0, 1])
  const response = await new Client(testApp.app).get(`/polls/${poll.id}`)
  expect(response.json()).toEqual({ ...seen, myChoices: [], hasVoted: false })
  expect(response.headers['cache-control']).toBe('private, no-cache')
  expect(response.headers.vary).toBe('Authorization, Cookie')
})

test.each([noPoll, 'x', 'UPPER', '%00', 'a'.repeat(400), '__proto__'])('a poll is not found: %s', async (id) => {
  expectProblem(await ada.get(`/polls/${id}`), 'not_found')
  expectProblem(await ada.send('PATCH', `/polls/${id}`, { title: 'Dinner?' }), 'not_found')
  expectProblem(await ada.send('DELETE', `/polls/${id}`), 'not_found')
})

test('an edit changes the given fields and keeps the rest', async () => {
  const poll = await ada.newPoll({ description: 'On Friday', category: 'Food' })
  const response = await ada.send('PATCH', `/polls/${poll.id}`, { title: 'Dinner?', optionsOpen: false })
  expect(response.statusCode).toBe(200)
  const { title, description, category, optionsOpen, revision } = pollSchema.parse(response.json())
  expect({ title, description, category, optionsOpen, revision }).toEqual({
    title: 'Dinner?',
    description: 'On Friday',
    category: 'Food',
    optionsOpen: false,
    revision: 2,
  })
  expect((await ada.send('PATCH', `/polls/${poll.id}`, {})).json().revision).toBe(2)
})

test('the creator moves the poll to another category, or out of any', async () => {
  const { id } = await ada.newPoll({ category: 'Food' })
  expect((await ada.send('PATCH', `/polls/${id}`, { category: 'Games' })).json().category).toBe('Games')
  expect((await ada.send('PATCH', `/polls/${id}`, { category: '' })).json()).toMatchObject({
    category: '',
    revision: 3,
  })
})

test('only the creator edits or deletes a poll', async () => {
  const poll = await ada.newPoll()
  const { detail, revision } = expectProblem(
    await bob.send('PATCH', `/polls/${poll.id}`, { title: 'Mine!' }),
    'forbidden',
  )
  expect({ detail, revision }).toEqual({ detail: 'Only the creator of this poll can edit it.', revision: 1 })
  expectProblem(await bob.send('DELETE', `/polls/${poll.id}`), 'forbidden')
})

test('a poll without votes can be deleted', async () => {
  const poll = await ada.newPoll()
  const response = await ada.send('DELETE', `/polls/${poll.id}`)
  expect([response.statusCode, response.body]).toEqual([204, ''])
  for (const path of ['', '/comments', '/events', '/stream', '/results.csv']) {
    expectProblem(await ada.get(`/polls/${poll.id}${path}`), 'gone')
  }
  expectProblem(await ada.vote(poll, 0), 'gone')
})

test('a poll with votes cannot be deleted', async () => {
  const poll = await ada.newPoll()
  await bob.vote(poll, 0)
  expect(expectProblem(await ada.send('DELETE', `/polls/${poll.id}`), 'poll_has_votes').revision).toBe(2)
})
