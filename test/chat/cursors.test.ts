import { expect, test } from 'vitest'
import { DeliveryCursors } from '../../src/chat/delivery/cursor.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { openFlowdockApp } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

/** Three polls in a paused connection, so nothing else moves their cursors. */
const app = await closedAtEnd(openFlowdockApp())
const ann = await createPerson(app.database)
const paired = await app.pair()
await app.services.connections.pause(paired.id)
const polls = [await app.newPoll(ann), await app.newPoll(ann), await app.newPoll(ann)]
const cursors = new DeliveryCursors(app.database.prisma)

const keyOf = ({ id }: Poll) => ({ pollId: id, connectionId: paired.id })
const move = (poll: Poll, from: number, to: number, inFlightRevision: number | null = null) =>
  cursors.move(
    { ...keyOf(poll), revision: from, inFlightRevision: null },
    { revision: to, inFlightRevision, renderedRevision: undefined },
  )
const places = async () => {
  const read = await Promise.all(polls.map((poll) => cursors.read(keyOf(poll))))
  return read.map((one) => one && [one.poll.id, one.revision, one.inFlightRevision])
}

test('cursors that move at the same time move together, each only from where it is', async () => {
  const [first, second, third] = polls as [Poll, Poll, Poll]
  expect(await Promise.all([move(first, 0, 0, 1), move(second, 7, 8), move(third, 0, 1)])).toEqual([true, false, true])
  expect(await places()).toEqual([
    [first.id, 0, 1],
    [second.id, 0, null],
    [third.id, 1, null],
  ])
  expect(await move(first, 0, 1)).toBe(false)
  expect(await cursors.read({ pollId: 'none', connectionId: paired.id })).toBeUndefined()
})

test('a cursor that another transaction has locked moves after it, and holds up no other', async () => {
  const [, second, third] = polls as [Poll, Poll, Poll]
  let isLocked = true
  const { waiting } = await app.database.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT FROM mirrors WHERE poll_id = ${second.id} FOR UPDATE`
    const waiting = move(second, 0, 1).then((isMoved) => [isMoved, isLocked])
    expect(await move(third, 1, 2)).toBe(true)
    isLocked = false
    return { waiting }
  })
  expect(await waiting).toEqual([true, false])
})

test('events of several polls that are read at the same time are those of each poll', async () => {
  const [first, second] = polls as [Poll, Poll]
  for (const option of [0, 1, 2]) await app.vote(first, ann, option)
  await app.submit(second, { by: ann, type: 'comment', body: 'Hungry' })
  const read = (poll: Poll, after: number, limit: number) => app.services.polls.events(poll.id, { after, limit })
  const all = await Promise.all([read(first, 1, 2), read(second, 0, 9), read(first, 3, 9), read(first, 9, 9)])
  expect(all.map((events) => events.map(({ revision, facts }) => [revision, facts.type]))).toEqual([
    [
      [2, 'voted'],
      [3, 'vote_changed'],
    ],
    [
      [1, 'created'],
      [2, 'commented'],
    ],
    [[4, 'vote_changed']],
    [],
  ])
})

test('an event that cannot be read fails the reading of its poll, and of no other that is read at the same time', async () => {
  const [first, second] = [await app.newPoll(ann), await app.newPoll(ann)]
  await app.submit(first, { by: ann, type: 'comment', body: 'Hungry' })
  await app.database.prisma.$executeRaw`
    UPDATE events SET type = 'comment_edited', facts = '{"comment": "none"}' WHERE poll_id = ${first.id} AND revision = 2`
  const read = (poll: Poll) => app.services.polls.events(poll.id, { limit: 9 })
  const [bad, good] = await Promise.allSettled([read(first), read(second)])
  expect(bad.status).toBe('rejected')
  expect(good).toMatchObject({ status: 'fulfilled', value: [{ revision: 1 }] })
})
