import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, inject, test } from 'vitest'
import { Metrics } from '../../src/metrics/metrics.ts'
import { newGuest } from '../api/client.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { openStream } from '../support/event-stream.ts'
import { FlowdockActions, openActionsApp } from '../support/flowdock-actions.ts'
import { measured, readSeries } from '../support/metrics.ts'

const value = (series: string) => readSeries(testApp.services.metrics, series)
/** The increase of a series during `act`. */
const growth = async (series: string, act: () => Promise<unknown>) => {
  const before = (await value(series)) ?? 0
  await act()
  return ((await value(series)) ?? 0) - before
}

const testApp = await closedAtEnd(openActionsApp(measured))

describe('requests', () => {
  test('are counted and timed by the template of their route', async () => {
    const ada = await newGuest(testApp.app)
    const poll = await ada.newPoll()
    const labels = '{method="PUT",route="/api/polls/:id/ballot",status="2xx"}'
    expect(await growth(`http_request_duration_seconds_count${labels}`, () => ada.vote(poll, 1))).toBe(1)
    expect(await value(`http_request_duration_seconds_sum${labels}`)).toBeGreaterThan(0)
  })

  test('to unknown addresses count as one', async () => {
    const labels = '{method="GET",route="unknown",status="4xx"}'
    const guess = () => Promise.all(['/a', '/b', '/api/c'].map((url) => testApp.app.inject(url)))
    expect(await growth(`http_request_duration_seconds_count${labels}`, guess)).toBe(3)
  })

  test('for event streams count as viewers, and not as slow', async () => {
    const url = await testApp.listen()
    const { id } = await (await newGuest(testApp.app)).newPoll()
    const stream = await openStream(`${url}/api/polls/${id}/stream`)
    await expect.poll(() => value('polldock_live_viewers')).toBe(1)
    stream.close()
    await expect.poll(() => value('polldock_live_viewers')).toBe(0)
    const labels = '{method="GET",route="/api/polls/:id/stream",status="2xx"}'
    expect(await value(`http_request_duration_seconds_count${labels}`)).toBeUndefined()
  })
})

describe('the ballot box', () => {
  test('counts votes by the kind of change, without those that change nothing', async () => {
    const ada = await newGuest(testApp.app)
    const poll = await ada.newPoll()
    const cast = 'polldock_votes_total{change="cast"}'
    const batches = 'polldock_batch_commands_count'
    const twice = async () => [await ada.vote(poll, 0), await ada.vote(poll, 0)]
    expect(await growth(cast, () => growth(batches, twice).then((grown) => expect(grown).toBe(2)))).toBe(1)
    expect(await growth('polldock_votes_total{change="changed"}', () => ada.vote(poll, 1))).toBe(1)
    const withdraw = () => ada.send('DELETE', `/polls/${poll.id}/ballot`)
    expect(await growth('polldock_votes_total{change="withdrawn"}', withdraw)).toBe(1)
    expect(await value('polldock_commands_waiting')).toBe(0)
  })

  test('times its batches', async () => {
    const ada = await newGuest(testApp.app)
    const poll = await ada.newPoll()
    const [count, sum] = ['polldock_batch_duration_seconds_count', 'polldock_batch_duration_seconds_sum']
    const vote = () => growth(count, () => ada.vote(poll, 0)).then((grown) => expect(grown).toBe(1))
    const seconds = await growth(sum, vote)
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThan(10)
  })

  test('counts refusals by their code', async () => {
    const ada = await newGuest(testApp.app)
    const poll = await ada.newPoll()
    const vote = () => ada.send('PUT', `/polls/${poll.id}/ballot`, { choices: ['nosuchoption'] })
    expect(await growth('polldock_commands_refused_total{code="unknown_option"}', vote)).toBe(1)
  })

  test('counts no refusal for the first vote in an anonymous poll', async () => {
    const ada = await newGuest(testApp.app)
    const poll = await ada.newPoll({ anonymous: true })
    const vote = () => ada.vote(poll, 0)
    const refused = 'polldock_commands_refused_total{code="receipt_required"}'
    expect(
      await growth('polldock_votes_total{change="cast"}', async () => expect(await growth(refused, vote)).toBe(0)),
    ).toBe(1)
    expect(await growth(refused, vote)).toBe(1)
  })
})

describe('actions picked in threads', () => {
  const series = (result: string, reason = '') => `polldock_thread_actions_total{result="${result}",reason="${reason}"}`

  test('are counted by result and reason', async () => {
    const actions = await FlowdockActions.begin(testApp)
    expect(await growth(series('done'), () => actions.pick(actions.ballot()))).toBe(1)
    const token = actions.tokenOf({ secret: 'nobody’s' })
    expect(await growth(series('untrusted', 'other_secret'), () => actions.send(actions.ballot(), token))).toBe(1)
    const none = () => actions.send(actions.ballot(), undefined)
    expect(await growth(series('untrusted', 'no_token'), none)).toBe(1)
    expect(await growth(series('refused', 'forbidden'), () => actions.pick(`${actions.poll.id}/closed`))).toBe(1)
    const noAction = () => actions.pick(`${actions.poll.id}/deleted`)
    expect(await growth(series('refused', 'not_found'), noAction)).toBe(1)
    await actions.creator('close')
    const refusals = 'polldock_commands_refused_total{code="poll_closed"}'
    const late = () => growth(series('refused', 'poll_closed'), () => actions.pick(actions.ballot(1)))
    expect(await growth(refusals, async () => expect(await late()).toBe(1))).toBe(1)
    actions.account = '4242424242'
    expect(await growth(series('challenged'), () => actions.pick(actions.ballot()))).toBe(1)
  })
})

const isPostgres = inject('database').kind === 'postgres'
const busy = () => value('polldock_database_connections_busy')
const idle = () => value('polldock_database_connections_idle')

test.runIf(!isPostgres)('the embedded database has no pool metrics', async () => {
  expect([await busy(), await idle()]).toEqual([undefined, undefined])
})

test.runIf(isPostgres)('PostgreSQL has pool metrics', async () => {
  expect(await busy()).toBe(0)
  expect(await idle()).toBeGreaterThan(0)
  const { prisma } = testApp.database
  const sleepers = Promise.all(Array.from({ length: 13 }, () => prisma.$executeRaw`SELECT pg_sleep(0.5)`))
  await expect.poll(() => testApp.database.pool?.()).toEqual({ total: 10, idle: 0, waiting: 3 })
  await sleepers
})

test('queue lengths and viewers are read on each scrape', async () => {
  const metrics = new Metrics()
  const sources = { commandsWaiting: () => 7, viewers: () => 2, backlogs: async () => new Map() }
  metrics.watch({ ...sources, pool: () => ({ total: 10, idle: 4, waiting: 3 }) })
  const read = (name: string) => readSeries(metrics, `polldock_${name}`)
  expect([await read('commands_waiting'), await read('live_viewers')]).toEqual([7, 2])
  const pool = [await read('database_connections_busy'), await read('database_connections_idle')]
  expect([...pool, await read('database_waiting')]).toEqual([6, 4, 3])
})

test('metrics are off by default', async () => {
  const unasked = await openActionsApp()
  expect(unasked.services.metrics).toBeUndefined()
  await unasked.close()
})

describe('the event loop', () => {
  test('is late by as long as something blocks it, since the scrape before', async () => {
    await readSeries(testApp.services.metrics, 'polldock_event_loop_delay_max_seconds')
    await sleep(20)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700)
    await sleep(20)
    expect(await value('polldock_event_loop_delay_max_seconds')).toBeGreaterThan(0.65)
    await sleep(20)
    expect(await value('polldock_event_loop_delay_max_seconds')).toBeLessThan(0.65)
    expect(await value('polldock_event_loop_delay_p99_seconds')).toBeGreaterThanOrEqual(0)
  })
})
