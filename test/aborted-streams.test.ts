import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newGuest } from './api/client.ts'
import { abortStreams, streamHead } from './support/abort-streams.ts'
import { openTestApp, type TestApp } from './support/app.ts'
import { openStream } from './support/event-stream.ts'
import { Log } from './support/log.ts'
import { measured, readSeries } from './support/metrics.ts'
import { createPoll, visitor } from './support/pages.ts'

const maxStreams = 200
const log = new Log()
let testApp: TestApp
let port: number
/** The request heads for each kind of stream: of the page and of the API, from strangers and from known people. */
let heads: string[]
let path: string

beforeAll(async () => {
  const env = { ...measured, RATE_LIMIT: 'on', RATE_LIMIT_ADDRESS: '100000', RATE_LIMIT_STREAMS: String(maxStreams) }
  testApp = await openTestApp({ env: { ...env, LOG_LEVEL: 'warn' }, log })
  port = Number(new URL(await testApp.listen()).port)
  const ann = await visitor(testApp, 'Ann')
  const poll = await createPoll(ann)
  // Gives the stream something to send first.
  for (let index = 0; index < 20; index++) await ann.post(`${poll.path}/comments`, { body: `Well ${index}` })
  const bob = await newGuest(testApp.app, 'Bob')
  const cookie = `polldock=${ann.cookies.get('polldock')}`
  path = `/polls/${poll.id}/stream`
  heads = [
    streamHead(path),
    streamHead(path, { cookie }),
    streamHead(`/api${path}?after=0`),
    streamHead(`/api${path}?after=0`, { authorization: bob.headers.authorization ?? '' }),
  ]
})

afterAll(() => testApp.close())

const counters = async () => {
  const { metrics } = testApp.services
  return [await readSeries(metrics, 'polldock_live_viewers'), await readSeries(metrics, 'polldock_stream_slots')]
}

test('streams that are aborted at any moment leave no viewer, no slot and no error in the log', async () => {
  const lines = await log.during(() => abortStreams(port, heads, { count: 300, atOnce: 60, withinMs: 40 }))
  await expect.poll(counters).toEqual([0, 0])
  expect(lines).toEqual([])
  // The address is still under its limit.
  const stream = await openStream(`http://127.0.0.1:${port}${path}`)
  await expect.poll(counters).toEqual([1, 1])
  stream.close()
  await expect.poll(counters).toEqual([0, 0])
})

test('requests on connections that are reset at once count against the limit of their address', async () => {
  const maxRequests = 40
  const limited = await openTestApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_ADDRESS: String(maxRequests) } })
  const url = new URL(await limited.listen())
  let requests = 0
  limited.app.server.on('request', () => requests++)
  const { server } = limited.app
  while (requests < maxRequests) {
    const accepted = once(server, 'connection')
    const socket = connect(Number(url.port), '127.0.0.1').on('error', () => {})
    await Promise.all([once(socket, 'connect'), accepted])
    socket.write(streamHead('/'), () => socket.resetAndDestroy())
    await once(socket, 'close')
  }
  expect((await fetch(url)).status).toBe(429)
  await limited.close()
})
