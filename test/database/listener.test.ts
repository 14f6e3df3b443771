import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { Listener } from '../../src/database/listener.ts'
import { openPostgres } from '../../src/database/open.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { freePort } from '../support/postgres-server.ts'

const timing = { pingIntervalMs: 100, timeoutMs: 200 }
let created: Awaited<ReturnType<typeof createPostgresDatabase>>
let database: Database
let way: Awaited<ReturnType<typeof openWay>>
let listener: Listener | undefined
let said: string[]

beforeEach(async () => {
  created = await createPostgresDatabase({ migrated: true })
  database = await openPostgres(created.url)
  way = await openWay(created.url)
  said = []
})

afterEach(async () => {
  await listener?.stop()
  way.close()
  await database.close()
  await created.drop()
})

const hearing = {
  message: (text: string) => void said.push(text),
  connected: () => void said.push('connected'),
  failed: () => void said.push('failed'),
}
const say = (text: string) => database.channel?.('news').send([text])

test('receives notifications', async () => {
  listener = new Listener(way.url, 'news', hearing, timing)
  await expect.poll(() => said).toEqual(['connected'])
  await say('one')
  await expect.poll(() => said).toEqual(['connected', 'one'])
})

test('notices a silent server, and connects again', async () => {
  listener = new Listener(way.url, 'news', hearing, timing)
  await expect.poll(() => said).toEqual(['connected'])
  way.fallSilent()
  // On a busy machine it may fail more than once before it is connected again.
  await expect.poll(() => said[1]).toBe('failed')
  await expect.poll(() => said.at(-1)).toBe('connected')
  await say('two')
  await expect.poll(() => said.at(-1)).toBe('two')
})

test('connects as soon as there is a server', async () => {
  way.close()
  listener = new Listener(way.url, 'news', hearing, timing)
  await expect.poll(() => said[0]).toBe('failed')
  way = await openWay(created.url, way.port)
  await expect.poll(() => said.at(-1)).toBe('connected')
})

test('stops at once, although the server is silent', async () => {
  listener = new Listener(way.url, 'news', hearing)
  await expect.poll(() => said).toEqual(['connected'])
  way.fallSilent()
  await listener.stop()
  expect(said).toEqual(['connected'])
})

/** A connection to the database that can be made silent without closing it. */
async function openWay(databaseUrl: string, port?: number) {
  const [url, { port: farPort, hostname }] = [new URL(databaseUrl), new URL(databaseUrl)]
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(farPort), hostname)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.pipe(far).pipe(near)
  })
  const taken = port ?? (await freePort())
  await new Promise<void>((listening) => server.listen(taken, '127.0.0.1', listening))
  url.port = String(taken)
  return {
    url: url.href,
    port: taken,
    fallSilent: () => {
      for (const socket of sockets) socket.unpipe().removeAllListeners('data').pause()
      sockets.clear()
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
