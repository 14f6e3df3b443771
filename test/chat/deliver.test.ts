import { afterEach, describe, expect, test } from 'vitest'
import { DeliveryCursors } from '../../src/chat/delivery/cursor.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { openFlowdockApp, type Paired } from '../support/flowdock-app.ts'
import { createPeople, createPerson } from '../support/polls.ts'

const app = await closedAtEnd(openFlowdockApp())
const ann = await createPerson(app.database)

afterEach(async () => {
  await app.database.prisma.connection.updateMany({ data: { status: 'disconnected' } })
})

const untilPosted = (paired: Paired, expected: string[]) => expect.poll(() => app.titles(paired)).toEqual(expected)

/** Expects no further message. */
async function expectNoMore(paired: Paired, expected: string[]): Promise<void> {
  const behind = () =>
    app.database.prisma.mirror.count({ where: { connectionId: paired.id, inFlightRevision: { not: null } } })
  await expect.poll(behind).toBe(0)
  await app.services.delivery.sweep()
  expect(app.titles(paired)).toEqual(expected)
}

test('events of a poll arrive in its thread, in order, and the thread shows the current state', async () => {
  const paired = await app.pair()
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  await untilPosted(paired, ['asks: Where to eat lunch?', 'voted for Pizza'])
  await app.vote(poll, ann, 1)
  await app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
  await app.submit(poll, { by: ann, type: 'withdrawVote' })
  await app.submit(poll, { by: ann, type: 'close' })
  await untilPosted(paired, [
    'asks: Where to eat lunch?',
    'voted for Pizza',
    'changed the vote from Pizza to Sushi',
    'commented',
    'withdrew the vote for Sushi',
    'closed the poll. Nobody voted',
  ])
  const status = { color: 'grey', value: 'closed' }
  expect(app.threads(paired)).toMatchObject([{ title: 'Where to eat lunch?', status }])
  const uuids = app.posted(paired).map(({ uuid }) => uuid)
  expect(new Set(uuids).size).toBe(6)
  const connection = await app.connection(paired)
  expect(connection).toMatchObject({ lastDelivered: expect.any(Date), lastError: null, attempts: 0 })
})

test('every connection gets every poll, each in its own thread', async () => {
  const both = [await app.pair(), await app.pair()]
  await app.newPoll(ann, { title: 'Lunch?' })
  await app.newPoll(ann, { title: 'Dinner?' })
  for (const paired of both) {
    // Threads do not wait for each other.
    await expect.poll(() => app.titles(paired).toSorted()).toEqual(['asks: Dinner?', 'asks: Lunch?'])
    const shown = app.threads(paired).map(({ title }) => title)
    expect(shown.sort()).toEqual(['Dinner?', 'Lunch?'])
  }
})

test('a connection gets only the events that it wants, and its cursor moves only from where it is', async () => {
  const paired = await app.pair({ eventKinds: ['comments', 'lifecycle'] })
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  await app.submit(poll, { by: ann, type: 'addOption', option: { id: 'soup', title: 'Soup' } })
  await app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
  await untilPosted(paired, ['asks: Where to eat lunch?', 'commented'])
  const place = { pollId_connectionId: { pollId: poll.id, connectionId: paired.id } }
  const mirror = () => app.database.prisma.mirror.findUniqueOrThrow({ where: place })
  await expect.poll(mirror).toMatchObject({ revision: 4, inFlightRevision: null })
  const cursors = new DeliveryCursors(app.database.prisma)
  const key = { pollId: poll.id, connectionId: paired.id }
  const to = { revision: 5, inFlightRevision: null, renderedRevision: undefined }
  expect(await cursors.move({ ...key, revision: 3, inFlightRevision: null }, to)).toBe(false)
  expect(await cursors.move({ ...key, revision: 4, inFlightRevision: 6 }, to)).toBe(false)
  expect(await cursors.move({ ...key, revision: 4, inFlightRevision: null }, to)).toBe(true)
})

test('many waiting votes become one message; other events do not', async () => {
  const paired = await app.pair()
  const poll = await app.newPoll(ann)
  await untilPosted(paired, ['asks: Where to eat lunch?'])
  await app.services.connections.pause(paired.id)
  const people = await createPeople(app.database, 14)
  for (const by of people.slice(0, 7)) await app.vote(poll, by)
  await app.submit(poll, { by: ann, type: 'comment', body: 'So many' })
  for (const by of people.slice(7)) await app.vote(poll, by)
  await app.services.connections.resume(paired.id)
  await expect.poll(() => app.titles(paired)).toHaveLength(4)
  const [, first, comment, last] = app.posted(paired)
  expect([first?.author.name, comment?.title, last?.author.name]).toEqual(['7 people', 'commented', '7 people'])
})

test('fast votes are combined into a few messages, and none is left out', async () => {
  const paired = await app.pair()
  const poll = await app.newPoll(ann)
  const people = await createPeople(app.database, 120)
  for (let from = 0; from < people.length; from += 12) {
    await Promise.all(people.slice(from, from + 12).map((by) => app.vote(poll, by)))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const votes = () => app.threads(paired)[0]?.fields.find(({ label }) => label === 'Total votes')?.value
  await expect.poll(votes).toBe('120')
  expect(app.titles(paired).length).toBeLessThan(40)
})

describe('a connection', () => {
  test('that is paused gets nothing; after the resume it gets every event', async () => {
    const paired = await app.pair()
    await app.services.connections.pause(paired.id)
    const poll = await app.newPoll(ann)
    await app.vote(poll, ann)
    await expectNoMore(paired, [])
    await app.services.connections.resume(paired.id)
    await untilPosted(paired, ['asks: Where to eat lunch?', 'voted for Pizza'])
  })

  test('that is disconnected gets nothing more', async () => {
    const paired = await app.pair()
    const poll = await app.newPoll(ann)
    await untilPosted(paired, ['asks: Where to eat lunch?'])
    await app.services.connections.disconnect(paired.id)
    await app.vote(poll, ann)
    await expectNoMore(paired, ['asks: Where to eat lunch?'])
  })

  test('that is new can start with the next event', async () => {
    const poll = await app.newPoll(ann)
    await app.vote(poll, ann)
    const paired = await app.pair({ start: 'now' })
    await app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
    await untilPosted(paired, ['commented'])
  })

  test('that is new can start with a snapshot of every open poll', async () => {
    const title = 'Posted once?'
    const poll = await app.newPoll(ann, { title, category: 'Beginnings' })
    await app.vote(poll, ann)
    await app.vote(poll, ann, 1)
    const closed = await app.newPoll(ann, { category: 'Beginnings' })
    await app.submit(closed, { by: ann, type: 'close' })
    const paired = await app.pair({ start: 'open-polls', categories: ['beginnings'] })
    await untilPosted(paired, [`asks: ${title}`])
    expect(app.threads(paired)).toMatchObject([{ title }])
  })
})

describe('categories', () => {
  const edit = (category: string) => ({ by: ann, type: 'edit', category }) as const

  test('a connection gets only polls of its categories, in any spelling', async () => {
    const paired = await app.pair({ categories: ['Food'] })
    await app.newPoll(ann, { category: 'Travel' })
    await app.newPoll(ann)
    await app.newPoll(ann, { title: 'Soup?', category: 'FOOD' })
    await untilPosted(paired, ['asks: Soup?'])
    expect(app.threads(paired)).toMatchObject([{ title: 'Soup?' }])
  })

  test('a poll that moves leaves a last notice; a connection that now wants it starts with the move', async () => {
    const [from, to] = [await app.pair({ categories: ['Food'] }), await app.pair({ categories: ['Travel'] })]
    const poll = await app.newPoll(ann, { category: 'Food' })
    await app.vote(poll, ann)
    await app.submit(poll, edit('Travel'))
    await app.submit(poll, { by: ann, type: 'comment', body: 'On the train' })
    await untilPosted(to, ['edited the poll', 'commented'])
    await untilPosted(from, ['asks: Where to eat lunch?', 'voted for Pizza', 'moved the poll to the category Travel'])
    expect(app.threads(from)).toMatchObject([{ status: { color: 'grey', value: 'moved' } }])
    expect(app.threads(to)).toMatchObject([{ status: { color: 'green', value: 'open' } }])
  })

  test('a poll that comes back continues in its thread, without the events in between', async () => {
    const paired = await app.pair({ categories: ['Food'], eventKinds: ['comments'] })
    const poll = await app.newPoll(ann, { category: 'Food' })
    await app.submit(poll, edit('Travel'))
    await untilPosted(paired, ['moved the poll to the category Travel'])
    await app.submit(poll, { by: ann, type: 'comment', body: 'Elsewhere' })
    await app.submit(poll, edit('Food'))
    await app.submit(poll, { by: ann, type: 'comment', body: 'Back' })
    await untilPosted(paired, ['moved the poll to the category Travel', 'commented'])
    expect(app.posted(paired).at(-1)?.body).toContain('Back')
    expect(app.threads(paired)).toHaveLength(1)
  })
})
