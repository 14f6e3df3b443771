import { expect, test } from 'vitest'
import { eventSchema } from '../../src/api/event-representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const url = await testApp.listen()
const ada = await newGuest(testApp.app)

type Message = { id: number; event: string; data: unknown }

/** Opens a poll's stream over the network. */
async function watch(pollId: string, query = '', headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/api/polls/${pollId}/stream${query}`, { headers })
  const messages = readMessages(response)
  const take = async (count: number): Promise<Message[]> => {
    const taken: Message[] = []
    while (taken.length < count) {
      const { value, done } = await messages.next()
      if (done) throw new Error(`The stream ended after ${taken.length} of ${count} messages.`)
      taken.push(value)
    }
    return taken
  }
  return { response, take, leave: () => messages.return(undefined) }
}

async function* readMessages({ body }: Response): AsyncGenerator<Message, undefined> {
  let unread = ''
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (unread + text).split('\n\n')
    unread = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, id, event, data] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? []
      if (id && event && data) yield { id: Number(id), event, data: JSON.parse(data) }
    }
  }
  return undefined
}

const ids = (messages: Message[]) => messages.map(({ id }) => id)
const upTo = (revision: number) => Array.from({ length: revision }, (_, index) => index + 1)

test('each event of the log is a message with its revision, type and JSON', async () => {
  const poll = await ada.newPoll()
  const { response, take, leave } = await watch(poll.id)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('cache-control')).toBe('private, no-cache')
  // Without it, nginx collects events.
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  // Otherwise a proxy uses the connection again, while Polldock stops and closes it.
  expect(response.headers.get('connection')).toBe('close')
  await ada.vote(poll, 0)
  await ada.send('POST', `/polls/${poll.id}/comments`, { body: 'One\ntwo' })
  const messages = await take(2)
  await leave()
  expect(messages.map(({ id, event }) => [id, event])).toEqual([
    [2, 'voted'],
    [3, 'commented'],
  ])
  const { events } = (await ada.get(`/polls/${poll.id}/events?after=1`)).json()
  expect(messages.map(({ data }) => eventSchema.parse(data))).toEqual(events)
})

test('without a revision the stream starts with the next event', async () => {
  const poll = await ada.newPoll()
  await ada.vote(poll, 0)
  const { take, leave } = await watch(poll.id)
  await ada.vote(poll, 1)
  expect(ids(await take(1))).toEqual([3])
  await leave()
})

test('the stream resumes after a revision, by parameter or by header, the header first', async () => {
  const poll = await ada.newPoll()
  for (const place of [0, 1, 0]) await ada.vote(poll, place)
  const streams = [
    { stream: await watch(poll.id, '?after=0'), expected: [1, 2, 3, 4] },
    { stream: await watch(poll.id, '?after=2'), expected: [3, 4] },
    { stream: await watch(poll.id, '?after=0', { 'last-event-id': '3' }), expected: [4] },
  ]
  for (const { stream, expected } of streams) {
    expect(ids(await stream.take(expected.length))).toEqual(expected)
    await stream.leave()
  }
})

test('a future revision starts with the next event', async () => {
  const poll = await ada.newPoll()
  const { take, leave } = await watch(poll.id, '?after=2147483647')
  await ada.vote(poll, 0)
  expect(ids(await take(1))).toEqual([2])
  await leave()
})

test('a client that reconnects again and again gets every event once', async () => {
  const poll = await ada.newPoll()
  const last = 60
  const voting = (async () => {
    for (let revision = 2; revision <= last; revision++) await ada.vote(poll, revision % 2)
  })()
  const seen: number[] = []
  while (seen.at(-1) !== last) {
    const { take, leave } = await watch(poll.id, '', { 'last-event-id': String(seen.at(-1) ?? 0) })
    seen.push(...ids(await take(Math.min(7, last - seen.length))))
    await leave()
  }
  await voting
  expect(seen).toEqual(upTo(last))
})

test('all clients get the same', async () => {
  const poll = await ada.newPoll()
  const streams = await Promise.all(Array.from({ length: 20 }, () => watch(poll.id, '?after=0')))
  const guests = await Promise.all(Array.from({ length: 20 }, () => newGuest(testApp.app)))
  await Promise.all(guests.map((guest, index) => guest.vote(poll, index % 2)))
  for (const { take, leave } of streams) {
    expect(ids(await take(21))).toEqual(upTo(21))
    await leave()
  }
})

test('a client that refuses event streams gets an error', async () => {
  const { id } = await ada.newPoll()
  expectProblem(await ada.get(`/polls/${id}/stream`, { accept: 'application/json' }), 'not_acceptable')
})

test.each(['x', '-1', '1e99', '2147483648'])('a bad Last-Event-ID is refused: %s', async (id) => {
  const poll = await ada.newPoll()
  expectProblem(await ada.get(`/polls/${poll.id}/stream`, { 'last-event-id': id }), 'invalid_input')
})

test('the stream of a missing poll is not found', async () => {
  expectProblem(await ada.get(`/polls/${noPoll}/stream`), 'not_found')
})

test('streams end when the app closes', async () => {
  const other = await openTestApp()
  const address = await other.listen()
  const { id } = await (await newGuest(other.app)).newPoll()
  const streams = Array.from({ length: 5 }, () => fetch(`${address}/api/polls/${id}/stream`))
  const responses = await Promise.all(streams)
  await other.close()
  const texts = await Promise.all(responses.map((response) => response.text()))
  const retryMs = texts.map((text) => Number(/^retry: (\d+)\n\n$/.exec(text)?.[1]))
  expect(Math.min(...retryMs)).toBeGreaterThanOrEqual(500)
  expect(Math.max(...retryMs)).toBeLessThan(1_500)
  // They do not all reconnect at the same time.
  expect(new Set(retryMs).size).toBeGreaterThan(1)
})
