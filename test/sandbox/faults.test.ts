import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Faults } from '../../src/sandbox/faults/faults.ts'
import { faulty } from '../../src/sandbox/faults/faulty.ts'
import { faultRoutes } from '../../src/sandbox/faults/routes.ts'

let app: FastifyInstance
let faults: Faults
let url: string
let random: number
/** The requests that took effect. */
let done: string[]

beforeEach(async () => {
  random = 0
  done = []
  faults = new Faults(() => random)
  app = fastify()
  await app.register(faultRoutes, { faults })
  await app.register(async (api) => {
    await api.register(faulty, { faults })
    api.all('/messages', async ({ method }) => void done.push(method))
    api.all('/threads', async ({ method }) => void done.push(method))
  })
  app.get('/page', async () => 'a page')
  await app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})

afterEach(() => app.close())

const post = (path = '/messages') => fetch(`${url}${path}`, { method: 'POST', signal: AbortSignal.timeout(5_000) })
const put = (body: unknown) =>
  fetch(`${url}/sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** The system's error code of the broken connection. */
async function breakage(): Promise<string> {
  const error: Error & { cause?: { code?: string } } = await post().then(
    () => expect.fail('it was answered'),
    (e) => e,
  )
  return error.cause?.code ?? error.message
}

describe('a request that meets a fault', () => {
  test('gets the status, and has no effect', async () => {
    faults.set({ kind: 'status', status: 429, retryAfter: 7 })
    const response = await post()
    expect([response.status, response.headers.get('retry-after'), done]).toEqual([429, '7', []])
    expect(await response.json()).toEqual({ message: 'The sandbox was asked to answer 429.' })
  })

  test('gets a Retry-After only if configured', async () => {
    faults.set({ kind: 'status', status: 503 })
    expect((await post()).headers.has('retry-after')).toBe(false)
  })

  test('has its connection closed', async () => {
    faults.set({ kind: 'close' })
    expect(await breakage()).toBe('UND_ERR_SOCKET')
    expect(done).toEqual([])
  })

  test('has its connection reset', async () => {
    faults.set({ kind: 'reset' })
    expect(await breakage()).toBe('ECONNRESET')
    expect(done).toEqual([])
  })

  test('is answered late', async () => {
    faults.set({ kind: 'slow', ms: 80 })
    const begun = performance.now()
    expect((await post()).status).toBe(200)
    expect(performance.now() - begun).toBeGreaterThan(75)
    expect(done).toEqual(['POST'])
  })

  test('takes effect although its reply is lost', async () => {
    faults.set({ kind: 'lose-reply' })
    expect(await breakage()).toBe('ECONNRESET')
    expect(done).toEqual(['POST'])
  })

  test('is never answered, until the sandbox closes', async () => {
    faults.set({ kind: 'hang' })
    const received = once(app.server, 'request')
    const hanging = breakage()
    await received
    expect(await Promise.race([hanging, new Promise((resolve) => setTimeout(resolve, 50, 'still waiting'))])).toBe(
      'still waiting',
    )
    await app.close()
    expect(await hanging).toBe('UND_ERR_SOCKET')
    expect(done).toEqual([])
  })

  test('does not delay the end of the sandbox', async () => {
    faults.set({ kind: 'slow', ms: 600_000 })
    const received = once(app.server, 'request')
    const waiting = breakage()
    await received
    await app.close()
    expect(await waiting).toBe('UND_ERR_SOCKET')
  })
})

describe('a fault hits', () => {
  const statuses = async (count: number, path?: string) => {
    const all: number[] = []
    for (let n = 0; n < count; n++) all.push((await post(path)).status)
    return all
  }

  test('the configured number of requests, then the next fault', async () => {
    faults.set({ kind: 'status', status: 500, times: 2 }, { kind: 'status', status: 502, times: 1 })
    expect(await statuses(4)).toEqual([500, 500, 502, 200])
    expect(faults.list()).toEqual([])
  })

  test('the configured share of the requests', async () => {
    faults.set({ kind: 'status', status: 500, share: 0.3 })
    random = 0.29
    expect((await post()).status).toBe(500)
    random = 0.3
    expect((await post()).status).toBe(200)
  })

  test('nothing with a share of 0', async () => {
    faults.set({ kind: 'status', status: 500, share: 0 })
    expect((await post()).status).toBe(200)
  })

  test('only its path, with any query', async () => {
    faults.set({ kind: 'status', status: 500, path: '/mess' })
    expect(await statuses(1, '/messages?path=/threads')).toEqual([500])
    expect(await statuses(1, '/threads?path=/messages')).toEqual([200])
  })

  test('only its method', async () => {
    faults.set({ kind: 'status', status: 500, method: 'GET' })
    expect((await post()).status).toBe(200)
    expect((await fetch(`${url}/messages`)).status).toBe(500)
  })

  test('the API only', async () => {
    faults.set({ kind: 'status', status: 500 })
    expect((await fetch(`${url}/page`)).status).toBe(200)
  })
})

describe('over HTTP, faults', () => {
  test('are set, counted down, listed and deleted', async () => {
    const set = await put({ faults: [{ kind: 'status', status: 500, times: 3, path: '/messages' }] })
    expect([set.status, (await post()).status]).toEqual([200, 500])
    const { faults: listed } = (await (await fetch(`${url}/sandbox/faults`)).json()) as { faults: unknown }
    expect(listed).toEqual([{ kind: 'status', status: 500, times: 2, share: 1, path: '/messages' }])
    expect((await fetch(`${url}/sandbox/faults`, { method: 'DELETE' })).status).toBe(204)
    expect((await post()).status).toBe(200)
  })

  test.each(['https://evil.example', 'null'])('refuse requests from other sites: %s', async (origin) => {
    const response = await fetch(`${url}/sandbox/faults`, { method: 'DELETE', headers: { origin } })
    expect(response.status).toBe(403)
  })

  test.each([
    [{ faults: [{ kind: 'status', status: 700 }] }, /status/],
    [{ faults: [{ kind: 'slow' }] }, /ms/],
    [{ faults: [{ kind: 'explode' }] }, /kind/],
    [{ faults: [{ kind: 'hang', path: 'messages' }] }, /must begin with \//],
    [{ faults: Array(101).fill({ kind: 'hang' }) }, /faults/],
    [{}, /faults/],
  ])('are refused if invalid: %#', async (body, message) => {
    const response = await put(body)
    expect(response.status).toBe(400)
    expect(((await response.json()) as { message: string }).message).toMatch(message)
  })
})
