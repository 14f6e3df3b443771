import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createGuest, createPoll, type Guest, vote } from '../support/api-calls.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { type ProcessEnvironment, processEnvironment } from '../support/database.ts'
import { openStream } from '../support/event-stream.ts'
import { networkBrowser } from '../support/network-app.ts'
import { createPoll as createPollInBrowser, page, textOf, visitor } from '../support/pages.ts'
import type { TestBrowser } from './browsers.ts'
import { proxyKinds } from './proxies.ts'
import { type RunningProxy, startProxy } from './start-proxy.ts'

const found = (await Promise.all(proxyKinds.map(async (kind) => ((await kind.program()) ? [kind] : [])))).flat()
const names = found.map(({ name }) => name)

type LoggedRequest = { requestId: string; req: { path: string; remoteAddress: string } }

let environment: ProcessEnvironment
let cluster: Cluster
let ann: Guest
const proxies = new Map<string, RunningProxy>()

beforeAll(async () => {
  environment = await processEnvironment()
  cluster = await startCluster(2, {
    ...environment.variables,
    ...{ PUBLIC_URL: 'https://localhost', PROXIES: '1', SECRET: 'x'.repeat(32) },
    ...{ RATE_LIMIT: 'off', LOG_LEVEL: 'info', DRAIN_SECONDS: '4' },
  })
  const [first, second] = cluster.processes.map(({ port }) => port)
  if (!first || !second) throw new Error('Two processes are needed.')
  for (const kind of found) {
    const proxy = await startProxy(kind, [first, second])
    if (proxy) proxies.set(kind.name, proxy)
  }
  ann = await createGuest(direct(), 'Ann')
})

afterAll(async () => {
  await Promise.all([...proxies.values()].map((proxy) => proxy.close()))
  cluster?.close()
  await environment?.remove()
})

/** One of the processes, without a proxy. */
const direct = () => cluster.processes[0]?.url ?? ''
const proxyOf = (name: string) => proxies.get(name) as RunningProxy

/** A browser of the proxy's visitors. */
function browserOf({ open }: RunningProxy, visit: Parameters<RunningProxy['open']>[0] = {}): TestBrowser {
  const browser = open(visit)
  onTestFinished(browser.close)
  return browser
}

test.for(names)('behind %s, a visitor creates a poll, votes and comments', async (name) => {
  const proxy = proxyOf(name)
  const { fetch } = browserOf(proxy)
  const bob = await visitor({ browser: () => networkBrowser(proxy.url, fetch) }, 'Bob')
  const { path, options } = await createPollInBrowser(bob)
  await bob.post(`${path}/ballot`, { choice: options[1] ?? '' })
  await bob.follow()
  await bob.post(`${path}/comments`, { body: `See you there ${'!'.repeat(4_000)}` })
  await bob.follow()
  expect(page(bob).querySelector('[data-mine]')?.getAttribute('data-option')).toBe(options[1])
  expect(textOf(bob, 'main')).toContain('See you there !!!')
})

test.for(names)('behind %s, pages are compressed, and validators stay good', async (name) => {
  const proxy = proxyOf(name)
  const { fetch } = browserOf(proxy)
  const bob = await visitor({ browser: () => networkBrowser(proxy.url, fetch) }, 'Bob')
  const { path, id } = await createPollInBrowser(bob)
  const compressed = { 'accept-encoding': 'gzip' }
  const { headers } = await bob.get(path, compressed)
  expect(headers['content-encoding']).toBe('gzip')
  const known = { ...compressed, 'if-none-match': String(headers.etag) }
  expect((await bob.get(path, known)).statusCode).toBe(304)
  const json = await fetch(`${proxy.url}/api/polls/${id}`, { headers: compressed })
  expect([json.headers.get('content-encoding'), json.headers.get('etag')]).toEqual([
    null,
    expect.stringMatching(/^"1-/),
  ])
})

const protocols = found.flatMap(({ name, protocol }) =>
  [...new Set([protocol, 'http/1.1' as const])].map((one) => [name, one] as const),
)

test.for(protocols)(
  'behind %s, live tabs of one browser get each vote before the next over %s',
  async ([name, protocol]) => {
    const proxy = proxyOf(name)
    const { fetch, connections } = browserOf(proxy, { protocol })
    const poll = await createPoll(direct(), ann)
    const url = `${proxy.url}/api/polls/${poll.id}/stream`
    // Over HTTP/1.1, each tab keeps one of the six connections of a browser.
    const count = protocol === 'h2' ? 20 : 6
    const tabs = await Promise.all(
      Array.from({ length: count }, () => openStream(url, { 'last-event-id': '1' }, fetch)),
    )
    for (let round = 0; round < 5; round++) {
      await vote(direct(), poll, ann, poll.options[round % 2]?.id ?? '')
      // Before the next one is sent: a proxy that collects bytes first would keep it.
      for (const tab of tabs) expect((await tab.next()).data.revision).toBe(round + 2)
    }
    if (protocol === 'h2') expect((await fetch(proxy.url)).status).toBe(200)
    expect(connections()).toBe(protocol === 'h2' ? 1 : 6)
    for (const tab of tabs) tab.close()
  },
)

test.for(found)('$name offers $protocol to browsers', async ({ name, protocol }) => {
  expect(await protocolOf(proxyOf(name))).toBe(protocol)
})

test.for(names)(
  'behind %s, Polldock sees the address of the client, whatever the client says about it',
  async (name) => {
    const proxy = proxyOf(name)
    const { fetch } = browserOf(proxy, { localAddress: '127.0.0.77' })
    const lies = { 'x-forwarded-for': '192.0.2.1', 'x-request-id': 'forged', 'x-forwarded-proto': 'http' }
    const path = `/polls/seen-behind-${name}`
    const { headers } = await fetch(proxy.url + path, { headers: { ...lies, forwarded: 'for=192.0.2.1' } })
    await expect.poll(() => requestsOf(path)).toHaveLength(1)
    const [{ requestId, req } = {}] = requestsOf(path)
    expect(req?.remoteAddress).toBe('127.0.0.77')
    expect(requestId).not.toBe('forged')
    expect(headers.get('x-request-id')).toBe(requestId)
  },
)

test.for(names)('%s redirects from http to the same path over https', async (name) => {
  const { plainUrl } = proxyOf(name)
  const { status, headers } = await fetch(`${plainUrl}/polls?q=lunch`, { redirect: 'manual' })
  expect([301, 308]).toContain(status)
  expect(headers.get('location')).toMatch(/^https:\/\/localhost(:\d+)?\/polls\?q=lunch$/)
})

test.for(names.filter((name) => ['nginx', 'Apache'].includes(name)))(
  '%s serves the files by which certbot renews the certificate',
  async (name) => {
    const { plainUrl, folder } = proxyOf(name)
    const challenges = join(folder, '.well-known/acme-challenge')
    await mkdir(challenges, { recursive: true })
    await writeFile(join(challenges, 'token'), 'the answer')
    const response = await fetch(`${plainUrl}/.well-known/acme-challenge/token`, { redirect: 'manual' })
    expect([response.status, await response.text()]).toEqual([200, 'the answer'])
  },
)

test.skipIf(names.length === 0)('behind no proxy, a restart of both processes one by one fails a request', async () => {
  let isOver = false
  const visitors = await Promise.all(
    [...proxies.values()].flatMap((proxy) => [0, 1].map(() => visitWithout(proxy, () => isOver))),
  )
  for (const index of [0, 1]) {
    await cluster.restart(index)
    // Until the proxies have asked it. The unit of systemd waits as long.
    await sleep(2_000)
  }
  isOver = true
  for (const { name, done } of visitors) {
    const { answers, failures } = await done
    expect(failures, name).toEqual([])
    expect(answers, name).toBeGreaterThan(20)
  }
})

/** What a browser and the proxy agree on. */
async function protocolOf({ url, ca }: RunningProxy): Promise<string | false | null> {
  const { hostname, port } = new URL(url)
  const offered = { ALPNProtocols: ['h2', 'http/1.1'] }
  const socket = connect({ host: hostname, port: Number(port), servername: hostname, ca, ...offered })
  await once(socket, 'secureConnect')
  socket.destroy()
  return socket.alpnProtocol
}

/** Sends forms, votes and pages through this proxy until the end. */
async function visitWithout(proxy: RunningProxy, isOver: () => boolean) {
  const { fetch } = browserOf(proxy)
  const bob = await visitor({ browser: () => networkBrowser(proxy.url, fetch) }, 'Bob')
  const { path, options } = await createPollInBrowser(bob)
  const failures: unknown[] = []
  let answers = 0
  const visiting = async () => {
    for (; !isOver(); answers += 2) {
      try {
        const posted = await bob.post(`${path}/ballot`, { choice: options[answers % 4 === 0 ? 0 : 1] ?? '' })
        if (posted.statusCode !== 303) failures.push(`${posted.statusCode} to a form`)
        const shown = await bob.get(path)
        if (shown.statusCode !== 200) failures.push(`${shown.statusCode} to a page`)
      } catch (error) {
        failures.push(error)
      }
      await sleep(20)
    }
    return { answers, failures }
  }
  return { name: proxy.name, done: visiting() }
}

/** The lines that the processes logged when this path was requested. */
function requestsOf(path: string): LoggedRequest[] {
  const lines = cluster.processes.flatMap(({ output }) => output().split('\n'))
  const requests = lines
    .filter((line) => line.includes('"incoming request"'))
    .map((line) => JSON.parse(line) as LoggedRequest)
  return requests.filter(({ req }) => req.path === path)
}
