import { afterEach, describe, expect, test } from 'vitest'
import type { Poll } from '../../src/polls/model/poll.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPerson, createPoll } from '../support/polls.ts'

// No jobs run here: the tests look at the rows that a transaction leaves.
const app = await closedAtEnd(openTestApp())
const ann = await createPerson(app.database)

afterEach(async () => {
  await app.database.prisma.connection.updateMany({ data: { status: 'disconnected' } })
})

const connect = (categories: string[] = []) =>
  app.services.connections.create({
    ...{ chat: 'flowdock', name: 'Polls', roomName: 'Main', roomUrl: null, externalId: '1', address: {} },
    ...{ credentials: 'sealed', createdBy: ann, start: 'now', eventKinds: ['votes'], categories },
  })
const newPoll = (category = '') => createPoll(app.services.ballotBox, ann, { category })
const moveTo = ({ id }: Poll, category: string) =>
  app.services.ballotBox.submit({ pollId: id, command: { by: ann, type: 'edit', category } })
const comment = ({ id }: Poll) =>
  app.services.ballotBox.submit({ pollId: id, command: { by: ann, type: 'comment', body: 'Hm' } })
const mirrors = ({ id }: Poll) =>
  app.database.prisma.mirror.findMany({
    where: { pollId: id },
    select: { connectionId: true, revision: true, finalRevision: true },
    orderBy: { connectionId: 'asc' },
  })

describe('a new poll', () => {
  test('is mirrored from its creation in each connection that wants it', async () => {
    const [all, food] = [await connect(), await connect(['Food'])]
    await connect(['Travel'])
    const expected = [all, food].toSorted().map((connectionId) => ({ connectionId, revision: 0, finalRevision: null }))
    expect(await mirrors(await newPoll('food'))).toEqual(expected)
  })

  test('without a category is mirrored only by connections for all categories', async () => {
    const all = await connect()
    await connect(['Food'])
    expect(await mirrors(await newPoll())).toMatchObject([{ connectionId: all }])
  })

  test('is mirrored in a paused connection, and not in an ended one', async () => {
    const [paused, ended] = [await connect(), await connect()]
    await app.services.connections.pause(paused)
    await app.services.connections.disconnect(ended)
    expect(await mirrors(await newPoll())).toMatchObject([{ connectionId: paused }])
  })
})

describe('a poll whose category changes', () => {
  test('ends in connections that no longer want it, and starts in others with that change', async () => {
    const [food, travel] = [await connect(['Food']), await connect(['Travel'])]
    const poll = await newPoll('Food')
    await comment(poll)
    await moveTo(poll, 'Travel')
    const [left, entered] = [
      { connectionId: food, revision: 0, finalRevision: 3 },
      { connectionId: travel, revision: 2, finalRevision: null },
    ]
    expect(await mirrors(poll)).toEqual([left, entered].toSorted((a, b) => (a.connectionId < b.connectionId ? -1 : 1)))
  })

  test('stays in connections that want both categories', async () => {
    const connectionId = await connect(['Food', 'Travel'])
    const poll = await newPoll('Food')
    await moveTo(poll, 'Travel')
    expect(await mirrors(poll)).toEqual([{ connectionId, revision: 0, finalRevision: null }])
  })

  test('continues after undelivered events when it comes back, or else from its return', async () => {
    const connectionId = await connect(['Food'])
    const poll = await newPoll('Food')
    await moveTo(poll, 'Travel')
    await moveTo(poll, 'Food')
    expect(await mirrors(poll)).toEqual([{ connectionId, revision: 0, finalRevision: null }])
    await moveTo(poll, 'Travel')
    await app.database.prisma.mirror.updateMany({ where: { pollId: poll.id }, data: { revision: 4 } })
    await comment(poll)
    await moveTo(poll, 'Food')
    expect(await mirrors(poll)).toEqual([{ connectionId, revision: 5, finalRevision: null }])
  })
})
