import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createSilentServer, type Server } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { ChatTimeouts } from '../../../src/chat/chat.ts'
import { FlowdockHttp } from '../../../src/chat/flowdock/http.ts'

// Starts a server that behaves as Flowdock never does, but a server in its place may.

async function listen(server: Server): Promise<number> {
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

function callsTo(url: string, timeouts?: ChatTimeouts): FlowdockHttp {
  const calls = new FlowdockHttp(new URL(url), timeouts)
  onTestFinished(() => calls.close())
  return calls
}

async function callsAnsweredBy(listener: RequestListener, timeouts?: ChatTimeouts): Promise<FlowdockHttp> {
  const server = createServer(listener)
  onTestFinished(() => server.closeAllConnections())
  return callsTo(`http://127.0.0.1:${await listen(server)}`, timeouts)
}

const failure = (calls: FlowdockHttp) =>
  calls.send({ method: 'GET', path: '/' }).then(
    () => expect.fail('it was answered'),
    (error) => `${error.name}: ${error.message}`,
  )

test('go to the origin of the configured address, whatever the path', async () => {
  const seen: unknown[] = []
  const server = createServer(({ url, headers }, response) => {
    seen.push([url, headers.host])
    response.end()
  })
  const port = await listen(server)
  const calls = callsTo(`http://127.0.0.1:${port}/ignored?as=well`)
  await calls.send({ method: 'GET', path: '/flows' })
  await calls.send({ method: 'GET', path: '//evil.test/flows' })
  expect(seen).toEqual([
    ['/flows', `127.0.0.1:${port}`],
    ['//evil.test/flows', `127.0.0.1:${port}`],
  ])
})

test('do not follow redirects', async () => {
  let count = 0
  const calls = await callsAnsweredBy((_request, response) => {
    count++
    response.writeHead(307, { location: '/elsewhere' }).end()
  })
  expect(await calls.send({ method: 'POST', path: '/messages', body: '{}' })).toMatchObject({ status: 307 })
  expect(count).toBe(1)
})

test('reuse connections', async () => {
  const ports = new Set<unknown>()
  const calls = await callsAnsweredBy(({ socket }, response) => {
    ports.add(socket.remotePort)
    response.end('{}')
  })
  for (let n = 0; n < 10; n++) await calls.send({ method: 'GET', path: '/' })
  // A response may be complete just before its connection counts as free again.
  expect(ports.size).toBeLessThan(3)
})

test('read the beginning of an endless response, and continue', async () => {
  const calls = await callsAnsweredBy(({ url }, response) => {
    if (url === '/short') return void response.end('short')
    const write = () => {
      while (response.write('x'.repeat(10_000)));
    }
    response.on('drain', write)
    write()
  })
  const { status, text } = await calls.send({ method: 'GET', path: '/' })
  expect([status, text.length]).toEqual([200, 65_536])
  expect((await calls.send({ method: 'GET', path: '/short' })).text).toBe('short')
})

test('keep the status of a response whose body is cut off', async () => {
  const calls = await callsAnsweredBy((_request, response) => {
    response.writeHead(202, { 'content-length': 100 })
    response.write('half')
    setTimeout(() => response.destroy(), 20)
  })
  expect(await calls.send({ method: 'GET', path: '/' })).toMatchObject({ status: 202, text: '' })
})

test('keep the status of a response whose body is too late', async () => {
  const calls = await callsAnsweredBy((_request, response) => void response.writeHead(202).flushHeaders(), {
    connectMs: 1_000,
    totalMs: 150,
  })
  expect(await calls.send({ method: 'GET', path: '/' })).toMatchObject({ status: 202, text: '' })
})

test('wait for a connection only up to a timeout', async () => {
  // The server accepts the connection, but does not start TLS.
  const sockets: { destroy(): void }[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  const port = await listen(createSilentServer((socket) => void sockets.push(socket)))
  const calls = callsTo(`https://127.0.0.1:${port}`, { connectMs: 100, totalMs: 5_000 })
  expect(await failure(calls)).toBe('NoAnswer: Flowdock could not be reached within 0.1 seconds.')
})

test('report a missing server', async () => {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  expect(await failure(callsTo(`http://127.0.0.1:${port}`))).toBe(
    'NoAnswer: Flowdock could not be reached (ECONNREFUSED).',
  )
})

test('report a server that does not speak HTTP', async () => {
  const port = await listen(
    createSilentServer((socket) => socket.once('data', () => socket.end('SSH-2.0-example\r\n'))),
  )
  expect(await failure(callsTo(`http://127.0.0.1:${port}`))).toBe(
    'NoAnswer: Flowdock sent an answer that Polldock cannot read (HTTPParserError).',
  )
})

test('report an answer with too many headers', async () => {
  const calls = await callsAnsweredBy(
    (_request, response) => void response.writeHead(204, { x: 'x'.repeat(20_000) }).end(),
  )
  expect(await failure(calls)).toBe(
    'NoAnswer: Flowdock sent an answer that Polldock cannot read (UND_ERR_HEADERS_OVERFLOW).',
  )
})

test('report that the client is closed', async () => {
  const calls = await callsAnsweredBy((_request, response) => void response.end())
  await calls.close()
  expect(await failure(calls)).toMatch(/^NoAnswer: Flowdock could not be reached/)
})

test('in flight end when the client is closed', async () => {
  const calls = await callsAnsweredBy(() => {})
  const waiting = failure(calls)
  setTimeout(() => calls.close(), 50)
  expect(await waiting).toMatch(/^NoAnswer/)
})
