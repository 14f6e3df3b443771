import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type AppOptions, buildApp } from '../../src/app.ts'
import { readConfig, type Secrets } from '../../src/config.ts'
import type { Database } from '../../src/database/database.ts'
import { LoadMonitor } from '../../src/server/load-monitor.ts'
import { makeServices, type Services, type ServicesConfig } from '../../src/services.ts'
import type { Tracing } from '../../src/tracing/trace-context.ts'
import { Browser } from './browser.ts'
import { TestClock } from './clock.ts'
import { openTestDatabase } from './database.ts'

export const testSecret = 'a secret that is known to every reader of the tests'

export type TestApp = {
  app: FastifyInstance
  services: Services
  database: Database
  clock: TestClock
  /** A new visitor, without any cookie. */
  browser(): Browser
  /** Serves on this port or a free one, for tests that `inject` cannot do, such as streams. Returns the URL. */
  listen(port?: number): Promise<string>
  close(): Promise<void>
}

export type TestAppOptions = AppOptions & {
  /** Variables of the environment, such as PUBLIC_URL or RATE_LIMIT (`off` unless given). */
  env?: Record<string, string>
  /** Settings that replace those of the environment. */
  config?: Partial<ServicesConfig>
  clock?: TestClock
  tracing?: Tracing
  secrets?: Secrets
}

/** The whole app on a separate database, with a clock that advances only on command. */
export async function openTestApp({
  env,
  config,
  clock = new TestClock(),
  tracing,
  secrets = [testSecret],
  ...around
}: TestAppOptions = {}): Promise<TestApp> {
  const settings = readConfig({ RATE_LIMIT: 'off', LOG_LEVEL: 'silent', SANDBOX: 'off', ...env })
  const database = await openTestDatabase()
  const services = makeServices({ ...settings, ...config }, secrets, database, clock.now, tracing)
  const app = await buildApp(services, { loadMonitor: new LoadMonitor(), ...around })
  return {
    app,
    services,
    database,
    clock,
    browser: () => new Browser(app),
    listen: (port) => listen(app, port),
    close: async () => {
      await app.close()
      await services.ballotBox.settled()
      await database.close()
    },
  }
}

async function listen(app: FastifyInstance, port = 0): Promise<string> {
  await app.listen({ host: '127.0.0.1', port })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}
