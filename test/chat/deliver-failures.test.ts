import { afterEach, describe, expect, test } from 'vitest'
import { eventKinds } from '../../src/chat/wording.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import type { FaultInput } from '../../src/sandbox/faults/fault.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { openFlowdockApp, type Paired, quickTiming, type Wanted } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

const app = await closedAtEnd(openFlowdockApp())
const ann = await createPerson(app.database)

afterEach(async () => {
  app.sandbox.faults.clear()
  await app.database.prisma.connection.updateMany({ data: { status: 'disconnected' } })
})

const faults = (...them: FaultInput[]) =>
  app.sandbox.faults.set(...them.map((fault) => ({ path: '/messages', ...fault })))
const untilPosted = (paired: Paired, expected: string[]) => expect.poll(() => app.titles(paired)).toEqual(expected)
const comment = (poll: Poll, body = 'Hungry') => app.submit(poll, { by: ann, type: 'comment', body })
const rejections = ({ id }: Paired) => app.database.prisma.rejection.findMany({ where: { connectionId: id } })

async function pairedPoll(wanted?: Wanted): Promise<{ paired: Paired; poll: Poll }> {
  const paired = await app.pair(wanted)
  const poll = await app.newPoll(ann)
  await untilPosted(paired, ['asks: Where to eat lunch?'])
  return { paired, poll }
}

describe('a temporary failure', () => {
  test('does not affect voters', async () => {
    const { poll } = await pairedPoll()
    faults({ kind: 'hang' })
    for (const option of [0, 1, 2]) await app.vote(poll, ann, option)
    expect((await app.services.polls.view(poll.id, ann.id)).poll).toMatchObject({ revision: 4, totalVotes: 1 })
  })

  test('enqueues no jobs for events of its polls during the backoff', async () => {
    const { paired, poll } = await pairedPoll()
    faults({ kind: 'status', status: 503, retryAfter: 3_600, times: 1 })
    await comment(poll)
    const jobs = async () => {
      const key = `${poll.id}.${paired.id}`
      return (await app.database.executeSql('SELECT 1 FROM pgboss.job WHERE singleton_key = $1', [key])).rows.length
    }
    await expect.poll(async () => [(await app.connection(paired)).retryAt === null, await jobs()]).toEqual([false, 0])
    await comment(poll, 'Still hungry')
    expect(await jobs()).toBe(0)
    await app.services.delivery.resend(paired.id)
    await untilPosted(paired, ['asks: Where to eat lunch?', 'commented', 'commented'])
  })

  test('can be retried at once by a person', async () => {
    const { paired, poll } = await pairedPoll()
    faults({ kind: 'status', status: 503, retryAfter: 3_600, times: 1 })
    await comment(poll)
    await expect.poll(async () => (await app.connection(paired)).retryAt).not.toBe(null)
    await app.services.delivery.resend(paired.id)
    await untilPosted(paired, ['asks: Where to eat lunch?', 'commented'])
    await expect.poll(() => app.connection(paired)).toMatchObject({ failingSince: null, attempts: 0, retryAt: null })
  })
})

describe('a permanent failure', () => {
  test('400: a person can have the message posted again, unchanged; success deletes the record', async () => {
    const { paired, poll } = await pairedPoll()
    faults({ kind: 'status', status: 400, times: 2 })
    await app.vote(poll, ann)
    await comment(poll)
    await app.services.delivery.resend(paired.id)
    await expect.poll(() => app.sandbox.faults.list()).toEqual([])
    // Each message is posted or recorded as rejected, whichever was rejected twice.
    const noted = async () => (await rejections(paired)).filter(({ resend }) => !resend)
    await expect.poll(async () => (await noted()).length + app.titles(paired).length).toBe(3)
    await app.services.delivery.resend(paired.id)
    await expect
      .poll(() => app.titles(paired).toSorted())
      .toEqual(['asks: Where to eat lunch?', 'commented', 'voted for Pizza'])
    await expect.poll(() => rejections(paired)).toEqual([])
  })

  test('400: posts only rejected messages again, whatever the filters are by then', async () => {
    const { paired, poll } = await pairedPoll({ eventKinds: ['comments', 'lifecycle'] })
    await app.services.connections.pause(paired.id)
    for (const option of [0, 1]) await app.vote(poll, ann, option)
    await comment(poll)
    faults({ kind: 'status', status: 400, times: 2 })
    await app.services.connections.resume(paired.id)
    await expect.poll(() => rejections(paired)).toMatchObject([{ revision: 4, previous: 3 }])
    await app.services.connections.change(paired.id, { categories: [], eventKinds: [...eventKinds] })
    await app.services.delivery.resend(paired.id)
    await expect.poll(() => rejections(paired)).toMatchObject([{ resend: false }])
    await app.services.delivery.resend(paired.id)
    await untilPosted(paired, ['asks: Where to eat lunch?', 'commented'])
    await expect.poll(() => rejections(paired)).toEqual([])
  })

  test('credentials encrypted with another secret: pauses the connection', async () => {
    const { paired, poll } = await pairedPoll()
    await app.database.prisma.connection.update({ where: { id: paired.id }, data: { credentials: 'broken' } })
    await comment(poll)
    const statusReason = expect.stringContaining('SECRET')
    await expect.poll(() => app.connection(paired)).toMatchObject({ status: 'paused', statusReason })
  })
})

test.each<[string, FaultInput[]]>([
  ['a message', [{ kind: 'hang', path: '/messages', times: 1 }]],
  [
    'an error',
    [
      { kind: 'hang', path: '/sources', times: 1 },
      { kind: 'status', status: 500, path: '/messages' },
    ],
  ],
])('a stop does not wait for a silent Flowdock when it gets %s', async (_what, hanging) => {
  const slow = await openFlowdockApp({ ...quickTiming, timeouts: { connectMs: 500, totalMs: 30_000 } })
  await slow.pair()
  slow.sandbox.faults.set(...hanging)
  await slow.newPoll(await createPerson(slow.database))
  await expect.poll(() => slow.sandbox.faults.list()).toHaveLength(hanging.length - 1)
  const start = performance.now()
  await slow.close()
  expect(performance.now() - start).toBeLessThan(10_000)
})
