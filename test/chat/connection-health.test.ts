import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { day, minute } from '../support/clock.ts'
import { type FlowdockApp, openFlowdockApp, type Paired } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

let app: FlowdockApp
let ann: PersonName
let paired: Paired
let poll: Poll

beforeEach(async () => {
  app = await openFlowdockApp()
  ann = await createPerson(app.database)
  paired = await app.pair()
  poll = await app.newPoll(ann)
  await untilPosted(['asks: Where to eat lunch?'])
})

afterEach(() => app.close())

const untilPosted = (expected: string[]) => expect.poll(() => app.titles(paired)).toEqual(expected)
const comment = () => app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
const connection = () => app.connection(paired)

describe('a connection that fails', () => {
  beforeEach(async () => {
    app.sandbox.faults.set({ kind: 'status', status: 503, retryAfter: 600, path: '/messages' })
    await comment()
    await expect.poll(connection).toMatchObject({ attempts: 1 })
  })

  async function failsUntil(failingFor: number) {
    const failingSince = new Date(app.clock.now().getTime() + 10 * minute - failingFor)
    await app.database.prisma.connection.updateMany({ data: { failingSince } })
    app.clock.advance(10 * minute)
  }

  test('for three days is paused, with its outbox kept; it can be resumed', async () => {
    await failsUntil(3 * day - 5 * minute)
    await expect.poll(connection).toMatchObject({ status: 'active', attempts: 2 })
    await failsUntil(3 * day)
    const statusReason = expect.stringMatching(/^Nothing could be delivered for three days.*503/)
    await expect.poll(connection).toMatchObject({ status: 'paused', statusReason, retryAt: null })
    app.sandbox.faults.clear()
    await app.services.connections.resume(paired.id)
    await untilPosted(['asks: Where to eat lunch?', 'commented'])
  })

  test('that was not tried meanwhile, as when the machine slept, is not paused', async () => {
    app.clock.advance(4 * day)
    const before = app.clock.now()
    await expect.poll(connection).toMatchObject({ status: 'active', attempts: 2 })
    expect((await connection()).failingSince?.getTime()).toBeGreaterThanOrEqual(before.getTime())
  })
})

describe('an error that the chat shows', () => {
  const shown = () => app.sandbox.world.sources.get(paired.source.id)?.errorMessage ?? ''

  beforeEach(async () => {
    app.sandbox.faults.set({ kind: 'status', status: 500, path: '/messages' })
    await comment()
    await expect.poll(shown).toContain('keeps trying')
    await expect.poll(connection).toMatchObject({ errorShown: true })
  })

  /** A run in flight may still write the values that it has read before. */
  async function failingLong() {
    const data = { failingSince: new Date(0) }
    await app.database.prisma.connection.updateMany({ where: { status: 'active' }, data })
    return connection()
  }

  test('is cleared when a person pauses the connection, which then fails no more', async () => {
    await app.services.connections.pause(paired.id)
    await expect.poll(shown).toBe('')
    await expect.poll(connection).toMatchObject({ errorShown: false, failingSince: null, attempts: 0, retryAt: null })
  })

  test('is cleared when a person disconnects it', async () => {
    await app.services.connections.disconnect(paired.id)
    expect(shown()).toBe('')
  })

  test('asks for a resume after an automatic pause, until a person resumes it', async () => {
    await expect.poll(failingLong).toMatchObject({ status: 'paused' })
    await expect.poll(shown).toMatch(/resumes it\. Nothing could be delivered for three days/)
    app.sandbox.faults.clear()
    await app.services.connections.resume(paired.id)
    await expect.poll(shown).toBe('')
  })
})

test('a connection paused during a delivery posts nothing more', async () => {
  await app.services.connections.pause(paired.id)
  for (let times = 0; times < 3; times++) await comment()
  app.sandbox.faults.set({ kind: 'slow', ms: 300, path: '/messages', times: 1 })
  await app.services.connections.resume(paired.id)
  await expect.poll(() => app.sandbox.faults.list()).toEqual([])
  await app.services.connections.pause(paired.id)
  await untilPosted(['asks: Where to eat lunch?', 'commented'])
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(app.titles(paired)).toHaveLength(2)
  await app.services.connections.resume(paired.id)
  await untilPosted(['asks: Where to eat lunch?', 'commented', 'commented', 'commented'])
})
