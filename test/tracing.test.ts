import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import type { PersonName } from '../src/people/model/person-name.ts'
import type { Tracing } from '../src/tracing/trace-context.ts'
import { startTracing } from '../src/tracing/tracing.ts'
import { application } from './sandbox/box.ts'
import { link } from './support/flowdock-actions.ts'
import { type FlowdockApp, openFlowdockApp, quickTiming } from './support/flowdock-app.ts'
import { actionBody, flowdockToken } from './support/flowdock-token.ts'
import { createPerson } from './support/polls.ts'
import { type Span, SpanCollector } from './support/span-collector.ts'

const collector = new SpanCollector()
let tracing: Tracing | undefined
let flowdockApp: FlowdockApp
let url: string

beforeAll(async () => {
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: await collector.listen(), OTEL_BSP_SCHEDULE_DELAY: '100' }
  // OpenTelemetry reads its variables itself.
  Object.assign(process.env, variables)
  tracing = await startTracing(readConfig(variables))
  for (const name of Object.keys(variables)) delete process.env[name]
  flowdockApp = await openFlowdockApp(quickTiming, { tracing })
  url = await flowdockApp.listen()
})

afterAll(async () => {
  await flowdockApp.close()
  await tracing?.close()
  collector.close()
})

const spansNamed = (name: string) => collector.spans.filter((span) => span.name === name)

test('a click in a thread is one trace, through the database and the queue to the message in the chat', async () => {
  const { database, clock } = flowdockApp
  const [creator, ann] = [await createPerson(database), await createPerson(database)]
  const paired = await flowdockApp.pair()
  await link(flowdockApp, '77', ann)
  const poll = await flowdockApp.newPoll(creator)
  await expect.poll(() => flowdockApp.posted(paired).length).toBe(1)

  const place = `/flowdock/actions/polls/${poll.id}/ballot/${poll.options[0]?.id}?revision=1`
  const body = actionBody(`http://localhost:3300${place}`)
  const token = flowdockToken('77', clock.now(), { body, secret: application.clientSecret })
  const headers = { 'content-type': 'application/json', 'flowdock-token': token }
  expect((await fetch(`${url}${place}`, { method: 'POST', headers, body })).status).toBe(200)
  await expect.poll(() => flowdockApp.posted(paired).length).toBe(2)

  const route = 'POST /flowdock/actions/polls/:id/ballot/:optionId'
  await expect.poll(() => spansNamed(route).length).toBe(1)
  const [click] = spansNamed(route) as [Span]
  const ofTrace = () => collector.spans.filter(({ traceId }) => traceId === click.traceId)
  const named = (name: string) => ofTrace().find((span) => span.name === name)
  await expect
    .poll(() => ofTrace().map(({ name }) => name))
    .toEqual(expect.arrayContaining(['process deliver', 'POST']))
  const [batch, sent, delivery, post] = ['commit batch', 'send deliver', 'process deliver', 'POST'].map(named)
  expect([click.kind, sent?.kind, delivery?.kind, post?.kind]).toEqual([2, 4, 5, 3])
  expect(delivery?.parentSpanId).toBe(sent?.spanId)
  expect(isWithin(ofTrace(), batch, click)).toBe(true)
  expect(isWithin(ofTrace(), sent, batch)).toBe(true)
  expect(isWithin(ofTrace(), post, delivery)).toBe(true)
  expect(post?.attributes['url.full']).toMatch(/\/messages$/)
  const statements = ofTrace().filter(({ name }) => name === 'sql')
  expect(statements.some((span) => isWithin(ofTrace(), span, batch))).toBe(true)
})

test('commands that commit together are linked with the batch', async () => {
  const { database } = flowdockApp
  const poll = await flowdockApp.newPoll(await createPerson(database))
  const people = [await createPerson(database), await createPerson(database), await createPerson(database)]
  const vote = (by: PersonName) => tracing?.continueTrace({ name: 'vote' }, [], () => flowdockApp.vote(poll, by))
  await Promise.all(people.map(vote))
  await expect.poll(() => spansNamed('vote').length).toBe(3)
  const votes = spansNamed('vote')
  const batch = () => spansNamed('commit batch').find(({ traceId }) => votes.some((one) => one.traceId === traceId))
  await expect.poll(batch).toBeDefined()
  const known = [batch()?.parentSpanId, ...(batch()?.links ?? []).map(({ spanId }) => spanId)]
  expect(known.sort()).toEqual(votes.map(({ spanId }) => spanId).sort())
})

test('spans contain no request data, and no external trace header is accepted', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const headers = { cookie: 'polldock=confidential', authorization: 'Bearer confidential', traceparent }
  await fetch(`${url}/flowdock/link?claim=confidential`, { headers })
  await expect.poll(() => spansNamed('GET /flowdock/link').length).toBe(1)
  const [span] = spansNamed('GET /flowdock/link')
  expect(span?.traceId).not.toBe('a'.repeat(32))
  expect(span?.attributes['url.path']).toBe('/flowdock/link')
  const stranger = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"Ann Privately"}' }
  expect((await fetch(`${url}/api/guests`, stranger)).status).toBe(201)
  await expect.poll(() => spansNamed('POST /api/guests').length).toBe(1)
  for (const secret of ['confidential', 'Ann Privately', 'Mallory', application.clientSecret])
    expect(collector.text).not.toContain(secret)
  expect(collector.text).toContain('"service.name","value":{"stringValue":"polldock"}')
})

function isWithin(spans: Span[], inner: Span | undefined, outer: Span | undefined): boolean {
  for (let span = inner; span; span = spans.find(({ spanId }) => spanId === span?.parentSpanId))
    if (span.parentSpanId !== undefined && span.parentSpanId === outer?.spanId) return true
  return false
}
