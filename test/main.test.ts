import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { beforeEach, describe, expect, inject, test } from 'vitest'
import { createGuest, createPoll, vote } from './support/api-calls.ts'
import { processEnvironment } from './support/database.ts'
import { freePort } from './support/postgres-server.ts'
import { runPolldock, startPolldock } from './support/process.ts'
import { beginGuest, openStream, takesConnections } from './support/raw-http.ts'

const isEmbedded = inject('database').kind === 'embedded'
/** For tests independent of the database: they run once, on the database that starts sooner. */
const testOnce = test.runIf(!isEmbedded)
const stopSignals = ['SIGTERM', 'SIGINT'] as const
let environment: Awaited<ReturnType<typeof processEnvironment>>

// Removed once the processes have ended, which the tests start later.
beforeEach(async ({ onTestFinished }) => {
  environment = await processEnvironment()
  onTestFinished(() => environment.remove())
})

describe('starting', () => {
  test('without any data prints one line with the address, and serves there', async () => {
    const { variables, remove } = await processEnvironment({ migrated: false })
    const polldock = await startPolldock(variables)
    expect(polldock.output()).toBe(`Polldock is ready: http://localhost:${polldock.port}/\n`)
    expect((await fetch(polldock.url)).status).toBe(200)
    const kept = isEmbedded ? ['in-use.lock', 'pgdata', 'secret'] : ['secret']
    expect((await readdir(variables.DATA_DIR as string)).sort()).toEqual(kept)
    polldock.send('SIGTERM')
    await polldock.ended
    await remove()
  })

  testOnce('prints the public URL if it is configured', async () => {
    const polldock = await startPolldock({ ...environment.variables, PUBLIC_URL: 'https://polls.example.org' })
    expect(polldock.output()).toBe('Polldock is ready: https://polls.example.org/\n')
  })

  testOnce('starts a sandbox of Flowdock and Matrix that knows Polldock, and stops it too', async () => {
    const sandboxPort = await freePort()
    const beside = { SANDBOX: 'on', SANDBOX_PORT: String(sandboxPort) }
    const polldock = await startPolldock({ ...environment.variables, ...beside })
    await expect
      .poll(() => polldock.output())
      .toContain(`Flowdock and Matrix sandbox: http://localhost:${sandboxPort}/ (in memory`)
    const setUp = async () =>
      (await fetch(`${polldock.url}/flowdock/setup`, { redirect: 'manual' })).headers.get('location')
    // On a busy machine, a process that has just started refuses requests for a moment.
    await expect.poll(setUp).toContain(`http://localhost:${sandboxPort}/oauth/authorize?`)
    expect(await (await fetch((await setUp()) ?? '')).text()).toContain('Polldock asks for access')
    polldock.send('SIGTERM')
    expect(await polldock.ended).toMatchObject({ code: 0, errors: '' })
    await expect(fetch(`http://127.0.0.1:${sandboxPort}`)).rejects.toThrow('fetch failed')
  })

  testOnce('warns when rate limits are off', async () => {
    const polldock = await startPolldock({ ...environment.variables, RATE_LIMIT: 'off' })
    polldock.send('SIGTERM')
    expect((await polldock.ended).errors).toMatch(/^RATE_LIMIT is off/)
  })

  testOnce('reads .env, and the environment has precedence', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'polldock-cwd-'))
    await writeFile(join(cwd, '.env'), 'PUBLIC_URL=http://from-the-file.example\nHOST=0.0.0.0.0\n')
    const polldock = await startPolldock({ ...environment.variables, HOST: '127.0.0.1' }, { cwd })
    expect(polldock.output()).toContain('http://from-the-file.example/')
    await rm(cwd, { recursive: true })
  })

  test('again keeps all data', async () => {
    const first = await startPolldock(environment.variables)
    const guest = await createGuest(first.url, 'Ann')
    const poll = await createPoll(first.url, guest)
    first.send('SIGTERM')
    await first.ended
    const second = await startPolldock(environment.variables)
    expect(await vote(second.url, poll, guest, poll.options[0]?.id ?? '')).toBe(true)
  })
})

testOnce('the log holds no secrets and no search texts', async () => {
  const polldock = await startPolldock({ ...environment.variables, LOG_LEVEL: 'trace', SECRET: 'hush'.repeat(10) })
  const guest = await createGuest(polldock.url, 'Ann')
  const poll = await createPoll(polldock.url, guest)
  await vote(polldock.url, poll, guest, poll.options[0]?.id ?? '')
  await fetch(`${polldock.url}/?q=something+private`, { headers: { cookie: 'polldock=confidential' } })
  polldock.send('SIGTERM')
  const { output, errors } = await polldock.ended
  expect(output).toContain(`/api/polls/${poll.id}/ballot`)
  for (const secret of [guest.token, 'hushhush', 'confidential', 'private'])
    expect(output + errors).not.toContain(secret)
})

describe('a start that fails', () => {
  testOnce('lists every bad variable', async () => {
    const { code, output, errors } = await runPolldock({ PORT: 'x', PUBLIC_URL: 'y', SECRET: 'z', LOG_LEVEL: 'w' })
    expect(code).toBe(1)
    expect(output).toBe('')
    expect(errors).toMatch(/^Polldock cannot start with this configuration:\n( {2}\w+ .*\n){4}$/)
    for (const key of ['PORT', 'PUBLIC_URL', 'SECRET', 'LOG_LEVEL']) expect(errors).toContain(`  ${key} `)
  })

  testOnce('on a port in use prints one plain line', async () => {
    const other = createServer()
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
    const { port } = other.address() as AddressInfo
    const { code, errors } = await runPolldock({ ...environment.variables, PORT: String(port) })
    other.close()
    expect(errors).toBe(`Port ${port} on 127.0.0.1 is in use. Stop what uses it, or set PORT to another one.\n`)
    expect(code).toBe(1)
  })

  testOnce('with the sandbox’s port in use prints one plain line', async () => {
    const other = createServer()
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
    const { port } = other.address() as AddressInfo
    const beside = { SANDBOX: 'on', SANDBOX_PORT: String(port) }
    const { code, errors } = await runPolldock({ ...environment.variables, PORT: '0', ...beside })
    other.close()
    expect(errors).toMatch(
      /^Port \d+ on 127\.0\.0\.1, .* is in use\. Set SANDBOX_PORT to another one, or SANDBOX=off\.\n$/,
    )
    expect(code).toBe(1)
  })

  testOnce('on a foreign address prints one plain line', async () => {
    const { code, errors } = await runPolldock({ ...environment.variables, HOST: '192.0.2.1' })
    expect(errors).toBe('HOST 192.0.2.1 is not an address of this machine. 127.0.0.1 always is.\n')
    expect(code).toBe(1)
  })

  testOnce('with a read-only data directory prints one plain line', async () => {
    const file = join(environment.variables.DATA_DIR as string, 'file')
    await writeFile(file, '')
    const { code, errors } = await runPolldock({ ...environment.variables, DATA_DIR: join(file, 'data') })
    expect(errors).toMatch(/^The data directory .* cannot be written .*\n$/)
    expect(code).toBe(1)
  })

  test.runIf(isEmbedded)(
    'for a data directory in use is one plain line, and leaves the other process alone',
    async () => {
      const other = await startPolldock(environment.variables)
      const { code, errors } = await runPolldock({ ...environment.variables, PORT: '0' })
      expect(errors).toMatch(/^The data directory .* is in use by another Polldock\. .*\n$/)
      expect(code).toBe(1)
      expect((await fetch(other.url)).status).toBe(200)
    },
  )

  test.runIf(!isEmbedded)('for a database that cannot be reached is one plain line', async () => {
    const { code, errors } = await runPolldock({ DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/polls' })
    expect(errors).toMatch(/^The database at DATABASE_URL cannot be opened: .*\n$/)
    expect(errors).not.toContain('hunter2')
    expect(code).toBe(1)
  })

  test.runIf(!isEmbedded)('for a wrong password is one plain line', async () => {
    const url = new URL(environment.variables.DATABASE_URL as string)
    url.password = 'hunter2'
    const { code, errors } = await runPolldock({ ...environment.variables, DATABASE_URL: url.href })
    expect(errors).toMatch(/^The database at DATABASE_URL cannot be opened: password authentication failed .*\n$/)
    expect(errors).not.toContain('hunter2')
    expect(code).toBe(1)
  })
})

test.runIf(!isEmbedded)('production needs a PostgreSQL that waits for the disk, unless configured', async () => {
  const { variables } = environment
  const production = { ...variables, NODE_ENV: 'production', SECRET: 'x'.repeat(32) }
  const client = new pg.Client({ connectionString: variables.DATABASE_URL })
  await client.connect()
  await client.query(`ALTER DATABASE ${client.escapeIdentifier(client.database ?? '')} SET synchronous_commit = off`)
  await client.end()
  const { code, errors } = await runPolldock(production)
  expect(errors).toBe(
    'The PostgreSQL at DATABASE_URL may lose votes in a power failure. Set fsync = on, synchronous_commit = on there, or ALLOW_DATA_LOSS=on here to start anyway.\n',
  )
  expect(code).toBe(1)
  const polldock = await startPolldock({ ...production, ALLOW_DATA_LOSS: 'on' })
  expect(polldock.output()).toContain('Polldock is ready')
})

describe('stopping', () => {
  test.each(isEmbedded ? stopSignals.slice(0, 1) : stopSignals)(
    'by %s ends with exit code 0 and no other output',
    async (signal) => {
      const polldock = await startPolldock(environment.variables)
      polldock.send(signal)
      expect(await polldock.ended).toMatchObject({ code: 0, signal: null, errors: '' })
    },
  )

  testOnce('accepts no new request, and finishes the request in flight', async () => {
    const polldock = await startPolldock(environment.variables)
    const request = await beginGuest(polldock.port)
    polldock.send('SIGTERM')
    await expect.poll(() => takesConnections(polldock.port)).toBe(false)
    expect(await request.finish('{"name":"Ann"}')).toMatch(/^HTTP\/1\.1 201 /)
    expect(await polldock.ended).toMatchObject({ code: 0, errors: '' })
  })

  testOnce('closes connections on which nothing has come, while a request is in flight', async () => {
    const polldock = await startPolldock(environment.variables)
    const unused = connect(polldock.port, '127.0.0.1')
    const request = await beginGuest(polldock.port)
    polldock.send('SIGTERM')
    await once(unused, 'close')
    expect(await request.finish('{"name":"Ann"}')).toMatch(/^HTTP\/1\.1 201 /)
    expect(await polldock.ended).toMatchObject({ code: 0, errors: '' })
  })

  testOnce('reports that it is not ready, and keeps serving until the proxy knows', async () => {
    const polldock = await startPolldock({ ...environment.variables, DRAIN_SECONDS: '1', LOG_LEVEL: 'info' })
    const ready = () => fetch(`${polldock.url}/health/ready`)
    expect((await ready()).status).toBe(200)
    polldock.send('SIGTERM')
    await expect.poll(async () => (await ready()).status).toBe(503)
    const page = await fetch(polldock.url)
    expect([page.status, page.headers.get('connection')]).toEqual([200, 'keep-alive'])
    await expect.poll(() => takesConnections(polldock.port)).toBe(false)
    const last = await fetch(polldock.url)
    expect([last.status, last.headers.get('connection')]).toEqual([200, 'close'])
    const { code, output } = await polldock.ended
    expect(code).toBe(0)
    expect(output).toContain('"path":"/"')
    expect(output).not.toContain('/health/')
  })

  testOnce('closes the live streams', async () => {
    const polldock = await startPolldock(environment.variables)
    const stream = await openStream(polldock.url)
    polldock.send('SIGTERM')
    await stream.ended
    expect(await polldock.ended).toMatchObject({ code: 0, errors: '' })
  })
})
