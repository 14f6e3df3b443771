import { expect, test, vi } from 'vitest'
import { closedAtEnd } from '../support/at-end.ts'
import { openFlowdockApp, quickTiming } from '../support/flowdock-app.ts'
import { measured, readSeries } from '../support/metrics.ts'
import { createPerson } from '../support/polls.ts'

const value = (series: string) => readSeries(flowdockApp.services.metrics, series)

const flowdockApp = await closedAtEnd(openFlowdockApp(quickTiming, { env: measured }))

test('deliveries of a connection are counted and timed until it ends', async () => {
  const { database, services } = flowdockApp
  const ann = await createPerson(database)
  const paired = await flowdockApp.pair()
  const connection = `connection="${paired.id}"`
  await flowdockApp.newPoll(ann)
  const sent = `polldock_deliveries_total{${connection},outcome="sent"}`
  await expect.poll(() => value(sent)).toBe(1)
  await expect.poll(() => value(`polldock_delivery_events_waiting{${connection}}`)).toBe(0)
  expect(await value(`polldock_delivery_lag_seconds_count{${connection}}`)).toBe(1)
  expect(await value(`polldock_delivery_lag_seconds_sum{${connection}}`)).toBeGreaterThan(0)
  await services.connections.disconnect(paired.id)
  expect(await value(sent)).toBeUndefined()
  expect(await value(`polldock_delivery_events_waiting{${connection}}`)).toBeUndefined()
})

test('undelivered events are counted by the reason', async () => {
  const { database, sandbox } = flowdockApp
  const paired = await flowdockApp.pair()
  const connection = `connection="${paired.id}"`
  const poll = await flowdockApp.newPoll(await createPerson(database))
  await expect.poll(() => value(`polldock_deliveries_total{${connection},outcome="sent"}`)).toBe(1)
  await sandbox.app.close()
  await flowdockApp.vote(poll, await createPerson(database))
  await expect.poll(() => value(`polldock_deliveries_total{${connection},outcome="later"}`)).toBeGreaterThan(0)
  expect(await value(`polldock_delivery_events_waiting{${connection}}`)).toBe(1)
})

test('without the database, the other metrics remain', async () => {
  const { metrics, database } = flowdockApp.services
  const refusal = vi.spyOn(database.prisma, '$transaction').mockRejectedValue(new Error('It is down.'))
  const text = (await metrics?.print())?.text
  refusal.mockRestore()
  expect(text).not.toMatch(/^polldock_delivery_events_waiting\{/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d/m)
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m)
})
