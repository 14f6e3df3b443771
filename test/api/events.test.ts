import { expect, test } from 'vitest'
import { z } from 'zod'
import { eventSchema } from '../../src/api/event-representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { minute } from '../support/clock.ts'
import { newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

const eventPage = z.strictObject({ events: z.array(eventSchema), next: z.int().nullable() })

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

test('a person who signs in gets what they did as a guest, and the log says how', async () => {
  const guest = await newGuest(testApp.app, 'Guest')
  const poll = await guest.newPoll()
  const [noodles, soup] = poll.options.map(({ id }) => id)
  await bob.vote(poll, 0)
  await guest.vote(poll, 1)
  await guest.send('POST', `/polls/${poll.id}/comments`, { body: 'Soup!' })
  const as = { id: bob.id, name: 'Bob' }
  await testApp.services.merges.merge({ id: guest.id, name: 'Guest' }, as)

  expect((await guest.get('/me')).json()).toEqual({ ...as, isGuest: true })
  expect((await bob.get(`/polls/${poll.id}`)).json()).toMatchObject({ createdBy: as, totalVotes: 1, myChoices: [soup] })
  expect((await bob.get(`/polls/${poll.id}/comments`)).json().comments).toMatchObject([{ author: as }])
  const { events } = eventPage.parse((await bob.get(`/polls/${poll.id}/events`)).json())
  expect(events.map(({ actor }) => actor?.name)).toEqual(Array(5).fill('Bob'))
  const was = { id: guest.id, name: 'Guest' }
  expect(events[4]).toMatchObject({
    actor: as,
    facts: { guest: was, guestChoices: [soup], from: [noodles], to: [soup] },
  })
})

test('the log lists every event in order', async () => {
  const poll = await ada.newPoll({ description: 'Friday', category: 'Food' })
  const [noodles, soup] = poll.options.map(({ id }) => id)
  const at = `/polls/${poll.id}`
  await bob.vote(poll, 0)
  await bob.vote(poll, 1)
  await bob.send('DELETE', `${at}/ballot`)
  const { options } = (await bob.send('POST', `${at}/options`, { title: 'Dumplings' })).json()
  await bob.send('POST', `${at}/comments`, { body: 'Hm.' })
  await ada.send('PATCH', at, { title: 'Dinner?', category: '', optionsOpen: false })
  await ada.send('PUT', `${at}/closure`)
  await ada.send('PUT', `${at}/archive`)
  await ada.send('DELETE', `${at}/archive`)
  await ada.send('DELETE', `${at}/closure`)

  const { events, next } = eventPage.parse((await bob.get(`${at}/events`)).json())
  expect(next).toBeNull()
  expect(events.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  expect(events.map(({ type, actor, facts }) => [type, actor?.name, facts])).toEqual([
    [
      'created',
      'Ada',
      {
        title: 'Lunch?',
        description: 'Friday',
        category: 'Food',
        optionsOpen: true,
        options: [
          { id: noodles, title: 'Noodles' },
          { id: soup, title: 'Soup' },
        ],
      },
    ],
    ['voted', 'Bob', { choices: [noodles] }],
    ['vote_changed', 'Bob', { from: [noodles], to: [soup] }],
    ['vote_withdrawn', 'Bob', { from: [soup] }],
    ['option_added', 'Bob', { option: { id: options[2].id, title: 'Dumplings' } }],
    ['commented', 'Bob', { body: 'Hm.' }],
    [
      'edited',
      'Ada',
      {
        title: { from: 'Lunch?', to: 'Dinner?' },
        category: { from: 'Food', to: '' },
        optionsOpen: { from: true, to: false },
      },
    ],
    ['closed', 'Ada', { outcome: { kind: 'no_votes', options: [], votes: 0 } }],
    ['archived', 'Ada', {}],
    ['unarchived', 'Ada', {}],
    ['reopened', 'Ada', {}],
  ])
})

test('events say who acted and when', async () => {
  const poll = await ada.newPoll()
  const at = testApp.clock.advance(minute).toISOString()
  await bob.vote(poll, 0)
  const { events } = eventPage.parse((await bob.get(`/polls/${poll.id}/events?after=1`)).json())
  expect(events).toMatchObject([{ revision: 2, actor: { id: bob.id, name: 'Bob', isGuest: true }, at }])
})

test('the log is read page by page, without gap or repetition', async () => {
  const poll = await ada.newPoll()
  for (const place of [0, 1, 0, 1]) await bob.vote(poll, place)
  const first = await ada.get(`/polls/${poll.id}/events?limit=3`)
  expect(eventPage.parse(first.json())).toMatchObject({ events: [{}, {}, { revision: 3 }], next: 3 })
  expect(first.headers.link).toContain(`/events?limit=3&after=3>; rel="next"`)
  const second = await ada.get(`/polls/${poll.id}/events?limit=3&after=3`)
  expect(eventPage.parse(second.json())).toMatchObject({ events: [{ revision: 4 }, { revision: 5 }], next: null })
  expect((await ada.get(`/polls/${poll.id}/events?after=5`)).json()).toEqual({ events: [], next: null })
  expect((await ada.get(`/polls/${poll.id}/events?after=2147483647`)).json()).toEqual({ events: [], next: null })
})

test.each(['after=-1', 'after=x', 'after=1e99', 'after=2147483648', 'after=1.5', 'after=1&after=2', 'limit=0'])(
  'a bad query is refused: %s',
  async (query) => {
    const { id } = await ada.newPoll()
    expectProblem(await ada.get(`/polls/${id}/events?${query}`), 'invalid_input')
    expectProblem(await ada.get(`/polls/${id}/stream?${query}`), 'invalid_input')
  },
)

test('the log of a missing poll is not found', async () => {
  expectProblem(await ada.get(`/polls/${noPoll}/events`), 'not_found')
})
