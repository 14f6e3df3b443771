import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startJobs } from '../src/jobs/jobs.ts'
import { Health } from '../src/server/health.ts'
import { openTestApp, type TestApp } from './support/app.ts'

const impatient = { patienceMs: 20, freshMs: 0 }
const works = async () => {}
const fails = () => Promise.reject(new Error('No.'))

describe('a process', () => {
  let testApp: TestApp
  let jobs: Awaited<ReturnType<typeof startJobs>>

  beforeAll(async () => {
    testApp = await openTestApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_ADDRESS: '1' } })
    const { services, app } = testApp
    jobs = await startJobs(services, app.log)
  })

  afterAll(async () => {
    await jobs.stop()
    await testApp.close()
  })

  const ask = (path: string) => testApp.app.inject({ path, cookies: { polldock: 'nobody' } })
  /** Asks without the cached result. */
  const askAnew = () => {
    testApp.services.health.require('other', works)
    return ask('/health/ready')
  }

  test('that serves is live', async () => {
    const { statusCode, body } = await ask('/health/live')
    expect([statusCode, body]).toEqual([200, '{"status":"live"}'])
  })

  test('that can work is ready, and reveals nothing else', async () => {
    const { statusCode, body, headers, cookies } = await ask('/health/ready')
    const checks = { database: 'ok', migrations: 'ok', jobs: 'ok' }
    expect([statusCode, JSON.parse(body)]).toEqual([200, { status: 'ready', checks }])
    expect([headers['cache-control'], cookies]).toEqual(['no-store', []])
  })

  test('may be asked without limit', async () => {
    for (const path of ['/health/live', '/health/ready', '/health/ready', '/health/live']) {
      expect((await ask(path)).statusCode).toBe(200)
    }
  })

  test('is ready on a database that a newer version has migrated further', async () => {
    await testApp.database.executeSql(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
        VALUES ('newer', 'newer', '99999999999999_newer', now(), 1)`,
    )
    expect((await askAnew()).statusCode).toBe(200)
  })

  test('is not ready without a migration of its own version', async () => {
    const last = `migration_name = (SELECT max(migration_name) FROM _prisma_migrations WHERE id <> 'newer')`
    await testApp.database.executeSql(`UPDATE _prisma_migrations SET finished_at = NULL WHERE ${last}`)
    const { statusCode, body } = await askAnew()
    expect([statusCode, JSON.parse(body)]).toMatchObject([503, { status: 'failed', checks: { migrations: 'failed' } }])
    await testApp.database.executeSql(`UPDATE _prisma_migrations SET finished_at = now() WHERE ${last}`)
    expect((await askAnew()).statusCode).toBe(200)
  })

  test('is not ready when its jobs cannot be read', async () => {
    await testApp.database.executeSql('ALTER TABLE pgboss.queue RENAME TO elsewhere')
    const { statusCode, body } = await askAnew()
    expect([statusCode, JSON.parse(body)]).toMatchObject([503, { checks: { database: 'ok', jobs: 'failed' } }])
    await testApp.database.executeSql('ALTER TABLE pgboss.elsewhere RENAME TO queue')
    expect((await askAnew()).statusCode).toBe(200)
  })
})

test('a process whose jobs are not started is not ready', async () => {
  const { app, close } = await openTestApp()
  const { statusCode, body } = await app.inject('/health/ready')
  await close()
  const checks = { database: 'ok', migrations: 'ok', jobs: 'failed' }
  expect([statusCode, JSON.parse(body)]).toEqual([503, { status: 'failed', checks }])
})

test('a process without its database is live, but not ready', async () => {
  const { app, database } = await openTestApp()
  await database.close()
  const [live, ready] = [await app.inject('/health/live'), await app.inject('/health/ready')]
  await app.close()
  expect([live.statusCode, ready.statusCode]).toEqual([200, 503])
  expect(ready.json().checks).toEqual({ database: 'failed', migrations: 'failed', jobs: 'failed' })
})

test('a stopping process is not ready, and closes connections after each response', async () => {
  const { app, services, close } = await openTestApp()
  const before = await app.inject('/')
  services.health.stop()
  const [ready, page, nothing] = [
    await app.inject('/health/ready'),
    await app.inject('/'),
    await app.inject('/nowhere'),
  ]
  await close()
  expect([ready.statusCode, ready.json().status]).toEqual([503, 'stopping'])
  expect([page.statusCode, nothing.statusCode]).toEqual([200, 404])
  expect([before, ready, page, nothing].map(({ headers }) => headers.connection)).toEqual([
    'keep-alive',
    ...['close', 'close', 'close'],
  ])
})

test('a result is cached for a second', async () => {
  const health = new Health()
  let looks = 0
  health.require('database', async () => {
    looks += 1
  })
  await Promise.all(Array.from({ length: 1_000 }, () => health.readiness()))
  await health.readiness()
  expect(looks).toBe(1)
})

test('a failure and its end are noticed, and reported once', async () => {
  const health = new Health(impatient)
  const told: unknown[] = []
  health.onFailure((name, reason) => void told.push([name, String(reason)]))
  let isWorking = false
  health.require('database', () => (isWorking ? works() : fails()))
  for (const _ of [1, 2, 3]) await expect.poll(async () => (await health.readiness()).status).toBe('failed')
  isWorking = true
  await expect.poll(async () => (await health.readiness()).status).toBe('ready')
  expect(told).toEqual([['database', 'Error: No.']])
})

test('a check that hangs counts as failed, and is not repeated before it ends', async () => {
  const health = new Health(impatient)
  let looks = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  health.require('database', () => {
    looks += 1
    return promise
  })
  for (const _ of [1, 2, 3]) expect((await health.readiness()).checks).toEqual({ database: 'failed' })
  expect(looks).toBe(1)
  resolve()
  await expect.poll(async () => (await health.readiness()).status).toBe('ready')
})
