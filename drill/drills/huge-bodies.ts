import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createGuest, createPoll } from '../../test/support/api-calls.ts'
import { openConnection } from '../connections.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import { memoryIsBack, settledMemory, shownMb } from '../memory.ts'
import { warmUp, withOthers } from '../others.ts'
import type { ProbeRoute } from '../preload/probe.ts'

const mebibyte = 2 ** 20
/** The bytes that Polldock discards before it closes the connection. */
const maxDiscarded = 16 * mebibyte
/** The maximum in the buffers of both processes. */
const onTheWay = 4 * mebibyte
/** Routes that get the body at the same time. */
const atOnce = 10
const bytes = Buffer.alloc(64 * 1_024, 'x')
/** The bytes as a chunk of a body of unknown length. */
const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

type Sent = { what: string; status: string; bytes: number }

export const hugeBodies: Drill = {
  name: 'huge-bodies',
  title: 'A body of 1 GB',
  run: async (site) => {
    // Routes for actions exist only with a Flowdock at any address.
    const flowdock = { FLOWDOCK_API_URL: 'http://127.0.0.1:1', FLOWDOCK_CLIENT_ID: 'x', FLOWDOCK_CLIENT_SECRET: 'x' }
    const polldock = await site.startPolldock(flowdock)
    const { url, port, probe } = polldock
    await warmUp(polldock)
    const ann = await createGuest(url, 'Ann')
    const poll = await createPoll(url, ann)
    const before = await settledMemory(polldock)
    const routes = await probe.routes()
    const size = (site.isShort ? 64 : 1_024) * mebibyte
    const send = (route: ProbeRoute, isChunked: boolean) =>
      sendBody(port, { ...route, id: poll.id, token: ann.token }, isChunked, size)
    const { result, served } = await withOthers(polldock, async () => {
      const targets = routes.filter(({ method }) => !['GET', 'HEAD'].includes(method))
      const refused: Sent[] = []
      for (let index = 0; index < targets.length; index += atOnce) {
        const some = targets.slice(index, index + atOnce).flatMap((route) => [send(route, false), send(route, true)])
        refused.push(...(await Promise.all(some)))
      }
      const ignored = [await send({ method: 'GET', url: '/' }, false), await send({ method: 'GET', url: '/' }, true)]
      return { refused, ignored }
    })
    const { peakRss } = await probe.memory()
    return {
      done: `of ${shownMb(size)}, to each of the ${result.refused.length / 2} routes that change something and to a page, with a Content-Length and in chunks`,
      findings: [
        early(result.refused, maxDiscarded + (await systemBuffers()) + onTheWay),
        {
          promise: 'sent to a page, it is discarded and the page is answered',
          found: result.ignored.map(({ status, bytes }) => `${status} after ${shownMb(bytes)}`).join(', '),
          kept: result.ignored.every(({ status }) => status === '200'),
        },
        {
          promise: 'memory stays flat: at no time more than 320 MB above what it was',
          found: `at most ${shownMb(peakRss - before.rss)} more`,
          kept: peakRss - before.rss < 320 * mebibyte,
        },
        served,
        await memoryIsBack(polldock, before),
      ],
    }
  },
}

/** The most that the system keeps of one connection, in the buffers of both ends, in bytes; see `man 7 tcp`. */
async function systemBuffers(): Promise<number> {
  const sizes = ['tcp_rmem', 'tcp_wmem'].map(async (name) => {
    const [, , most] = (await readFile(`/proc/sys/net/ipv4/${name}`, 'utf8')).trim().split(/\s+/)
    return Number(most)
  })
  return (await Promise.all(sizes)).reduce((sum, most) => sum + most, 0)
}

function early(refused: Sent[], maxTaken: number): Finding {
  const wrong = refused.filter(({ status, bytes }) => status !== '413' || bytes > maxTaken)
  const most = Math.max(...refused.map(({ bytes }) => bytes))
  const faults = wrong
    .slice(0, 5)
    .map(({ what, status, bytes }) => `${what}: ${status || 'no answer'} after ${shownMb(bytes)}`)
  return {
    promise: `refused with 413, and disconnected before ${shownMb(maxTaken)} are sent`,
    found: faults.length > 0 ? faults.join('; ') : `${shown(refused.length)} × 413, after ${shownMb(most)} at most`,
    kept: wrong.length === 0,
  }
}

type Target = ProbeRoute & { id: string; token: string }

/** Sends data regardless of the response until the connection ends. */
async function sendBody(
  port: number,
  { method, url, id, token }: Target,
  isChunked: boolean,
  size: number,
): Promise<Sent> {
  const { socket, received } = await openConnection(port)
  socket.setMaxListeners(0)
  const path = url.replace(/:(?:id|slug)/, id).replaceAll(/:\w+/g, 'x')
  const type = /^\/(api|flowdock\/actions)\//.test(url) ? 'application/json' : 'application/x-www-form-urlencoded'
  const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${size}`
  const headers = ['Host: localhost', `Authorization: Bearer ${token}`, `Content-Type: ${type}`, length]
  socket.write(`${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
  let sent = 0
  const closed = once(socket, 'close')
  while (sent < size && socket.writable) {
    sent += bytes.length
    if (!socket.write(isChunked ? chunk : bytes)) await Promise.race([once(socket, 'drain'), closed]).catch(() => {})
  }
  if (isChunked && socket.writable) socket.write('0\r\n\r\n')
  while (!received() && !socket.destroyed) await Promise.race([once(socket, 'data'), closed]).catch(() => {})
  socket.destroy()
  return { what: `${method} ${url}`, status: received().slice(9, 12), bytes: sent }
}
