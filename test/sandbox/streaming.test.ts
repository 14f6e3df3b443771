import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { request } from 'undici'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { postChatLine } from '../../src/sandbox/state/chat.ts'
import { abortStreams, streamHead } from '../support/abort-streams.ts'
import { openStream } from '../support/event-stream.ts'
import { type Box, basic, openSandbox, ticket } from './box.ts'

let box: Box

beforeEach(async () => {
  box = await openSandbox({ heartbeat: 50 })
})

const authorization = basic('maija-sandbox-api-token')

function speak(content: string, flow = 0): void {
  const { flows, users } = box.world
  const [maija] = users
  const to = flows[flow]
  if (maija && to) postChatLine(to, { user: maija }, { content })
}

async function watch(path: string, headers: Record<string, string> = {}) {
  const stream = await openStream(`${box.url}${path}`, { authorization, ...headers })
  onTestFinished(() => stream.close())
  return stream
}

/** Reads a JSON stream; each piece is what came until a condition held. */
async function readJson(path: string, headers: Record<string, string> = {}) {
  const ended = new AbortController()
  onTestFinished(() => ended.abort())
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(5_000)])
  const response = await fetch(`${box.url}${path}`, { headers: { authorization, ...headers }, signal })
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const until = async (isEnough: (text: string) => boolean) => {
    while (!isEnough(text)) {
      const { value, done } = (await chunks?.read()) ?? { value: undefined, done: true }
      if (done) throw new Error('The stream has ended.')
      text += value
    }
    return text
  }
  return { response, until }
}

describe('event streams', () => {
  test('send later events of the flows', async () => {
    speak('before')
    const stream = await watch('/flows?filter=acme/main,acme/lunch-club')
    speak('here')
    speak('there', 1)
    expect((await stream.next()).data).toMatchObject({ event: 'message', content: 'here' })
    const { data, id } = await stream.next()
    expect(data).toMatchObject({ content: 'there', flow: box.world.flows[1]?.id })
    expect(id).toBe(String(box.world.position))
  })

  test('send messages with their threads', async () => {
    const stream = await watch('/flows/acme/main')
    await box.call('POST', '/messages', { ...ticket, flow_token: box.connect().flowToken })
    const { data } = await stream.next()
    expect(data).toMatchObject({ event: 'activity', title: ticket.title, thread: ticket.thread })
  })

  test('resume after the last event', async () => {
    const url = `/flows?filter=${box.world.flows[0]?.id}`
    const first = await watch(url)
    speak('one')
    const { id = '' } = await first.next()
    first.close()
    speak('two')
    speak('three')
    const second = await watch(url, { 'last-event-id': id })
    speak('four')
    const contents = [await second.next(), await second.next(), await second.next()].map(({ data }) => data.content)
    expect(contents).toEqual(['two', 'three', 'four'])
  })

  test('resume after an event of an earlier run with everything stored', async () => {
    speak('one')
    const stream = await watch('/flows/acme/main', { 'last-event-id': String((Date.now() - 60_000) * 1_000) })
    expect((await stream.next()).data.content).toBe('one')
  })

  test('send no events of other flows', async () => {
    const stream = await watch('/flows/acme/main')
    speak('there', 1)
    speak('here')
    expect((await stream.next()).data.content).toBe('here')
  })

  test('may be requested in the query, for clients that cannot set headers', async () => {
    const path = `/flows/acme/main?accept=text/event-stream&access_token=${box.token('ben', ['flow'])}`
    const { response, until } = await readJson(path, { authorization: '', accept: '*/*' })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('flowdock-user')).toBe('2')
    await until((text) => /\n:\n\n/.test(text))
  })
})

describe('JSON streams', () => {
  test('are the default for lists of flows', async () => {
    const { response, until } = await readJson('/flows?filter=acme:main', { accept: '*/*' })
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    speak('one\rtwo')
    speak('three')
    const text = await until((text) => text.split('\r').length === 3)
    const messages = text
      .split('\r')
      .slice(0, 2)
      .map((json) => JSON.parse(json))
    expect(messages).toMatchObject([{ content: 'one\rtwo' }, { content: 'three' }])
  })

  test('send keep-alives that are not messages', async () => {
    const { until } = await readJson('/flows?filter=acme/main')
    expect(await until((text) => text.length >= 3)).toMatch(/^\n+$/)
  })

  test('of one flow come from the flow itself, by query or host', async () => {
    const plain = await box.as('maija')('GET', '/flows/acme/main')
    expect(plain.body).toHaveProperty('users')
    const { until } = await readJson('/flows/acme/main?accept=application/json')
    speak('one')
    await until((text) => text.includes('"content":"one"'))
    const { port } = new URL(box.url)
    const socket = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(`GET /flows/acme/main HTTP/1.1\r\nHost: stream.localhost\r\nAuthorization: ${authorization}\r\n\r\n`)
    const [bytes] = await once(socket, 'data')
    expect(String(bytes)).toContain('Transfer-Encoding: chunked')
  })
})

describe('at a host called stream', () => {
  /** Requests at this host, on the address of the sandbox. */
  async function at(host: string, path: string, headers: Record<string, string> = {}) {
    const answer = await request(`${box.url}${path}`, { headers: { authorization, host, ...headers } })
    onTestFinished(() => void answer.body.on('error', () => {}).destroy())
    return answer
  }

  test.each(['stream.localhost', 'stream.flowdock.localhost:3301', 'Stream.Flowdock.example'])(
    'lists of flows are streams, as JSON unless an event stream is accepted: %s',
    async (host) => {
      const types = ['*/*', 'application/json', 'text/event-stream'].map(
        async (accept) => (await at(host, '/v1/flows?filter=acme/main', { accept })).headers['content-type'],
      )
      const [json, events] = ['application/json; charset=utf-8', 'text/event-stream; charset=utf-8']
      expect(await Promise.all(types)).toEqual([json, json, events])
    },
  )

  test('a list needs `filter` or `user`', async () => {
    const { statusCode, body } = await at('stream.localhost', '/flows')
    expect([statusCode, await body.json()]).toMatchObject([400, { errors: { filter: ["can't be blank"] } }])
    const { headers } = await at('stream.localhost', '/flows?user=1')
    expect(headers['transfer-encoding']).toBe('chunked')
  })

  test('`accept` in the query chooses the type, before the header', async () => {
    const path = '/flows/acme/main?accept=application/json'
    const { headers } = await at('stream.localhost', path, { accept: 'text/event-stream' })
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
  })
})

test.each(['user=true', 'user=1', 'users=1&user=1', 'active=true'])(
  'at the API’s host, GET /flows?%s is a list',
  async (query) => {
    const { status, body } = await box.as('maija')<object[]>('GET', `/flows?${query}`)
    expect([status, body.length]).toEqual([200, 2])
  },
)

describe('streams', () => {
  test('are limited to members of the flows with read access', async () => {
    const status = async (call: Promise<{ status: number }>) => (await call).status
    expect(await status(box.call('GET', '/flows?filter=acme/main'))).toBe(401)
    expect(await status(box.withScopes('profile')('GET', '/flows?filter=acme/main'))).toBe(403)
    expect(await status(box.as('rosa')('GET', '/flows?filter=acme/main,acme/lunch-club'))).toBe(403)
    expect(await status(box.as('rosa')('GET', '/flows?filter=acme/none'))).toBe(404)
  })

  test('need flows', async () => {
    const { status, body } = await box.as('ben')('GET', '/flows', undefined, { accept: 'text/event-stream' })
    expect([status, body.errors]).toEqual([400, { filter: ["can't be blank"] }])
  })

  test('end with the sandbox', async () => {
    const stream = await watch('/flows/acme/main')
    const ended = expect(stream.next()).rejects.toThrow('ended')
    await box.app.close()
    await ended
  })

  test('end after a gap, so the reader notices', async () => {
    box = await openSandbox({ limits: { messages: 2 } })
    const stream = await watch('/flows/acme/main')
    // More data than a connection accepts at once, and than the sandbox stores.
    for (const letter of 'abcdefgh') speak(letter.repeat(100_000))
    const letters: string[] = []
    const next = async () => letters.push(String((await stream.next()).data.content).slice(0, 1))
    await expect(repeat(next)).rejects.toThrow(/^(The stream has ended\.|terminated)$/)
    expect(letters).toEqual(['a'])
  })

  test('resume with everything still stored', async () => {
    box = await openSandbox({ limits: { messages: 2 } })
    const first = await watch('/flows/acme/main')
    speak('one')
    const { id = '' } = await first.next()
    for (const content of ['two', 'three', 'four']) speak(content)
    const second = await watch('/flows/acme/main', { 'last-event-id': id })
    expect([(await second.next()).data.content, (await second.next()).data.content]).toEqual(['three', 'four'])
  })

  test('that are aborted while they open leave no reader', async () => {
    box = await openSandbox()
    box.faults.set({ kind: 'slow', ms: 30, path: '/flows' })
    const { port } = new URL(box.url)
    const heads = [
      streamHead('/flows?filter=acme/main', { authorization }),
      streamHead('/flows/acme/main', { authorization }),
      streamHead('/app/acme/main/stream'),
    ]
    // More than the sandbox lets stream at the same time.
    await abortStreams(Number(port), heads, { count: 1_200, atOnce: 100, withinMs: 30 })
    await expect.poll(() => connections()).toBe(0)
    box.faults.clear()
    await watch('/flows/acme/main')
    const page = await openStream(`${box.url}/app/acme/main/stream`)
    page.close()
  })

  test('of slow readers are dropped', async () => {
    const socket = connect((box.app.server.address() as AddressInfo).port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.pause()
    socket.write(`GET /flows?filter=acme/main HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n\r\n`)
    await expect.poll(() => connections()).toBe(1)
    // The stream starts some time after the connection, and sends only later events.
    const speakOn = () => {
      for (let count = 0; count < 500; count++) speak('x'.repeat(8_000))
      return connections()
    }
    await expect.poll(speakOn).toBe(0)
  })
})

async function repeat(action: () => Promise<unknown>): Promise<never> {
  for (;;) await action()
}

function connections(): Promise<number> {
  return new Promise((resolve, reject) => {
    box.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}
