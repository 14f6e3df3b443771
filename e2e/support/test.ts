import { type BrowserContext, type BrowserContextOptions, test as base, expect, type Page } from '@playwright/test'
import { newGuest, type Person } from './person.ts'
import { Server } from './server.ts'

export { expect, type Page }

type Fixtures = {
  /** The server of the test's pages. */
  server: Server
  /** An empty server for this test only. */
  emptyServer: Server
  /** Allows messages that the test provokes in the browser's console or the server's log; all others fail it. */
  provoke: (...messages: RegExp[]) => void
  /** Another visitor, with a separate browser window. */
  visitor: (options?: BrowserContextOptions) => Promise<Page>
  /** A person who uses the JSON API. */
  guest: (name: string) => Promise<Person>
  problems: Problems
}

/** Chromium reports every response of 4xx as an error of the page. */
export const failedLoad = (status: number) => new RegExp(`^error: Failed to load resource: .* status of ${status} `)

/** For a busy machine; otherwise it takes two seconds. */
const startTimeout = 90_000

class Problems {
  readonly allowed: RegExp[] = []
  readonly found: string[] = []

  watch(context: BrowserContext, origin: string): void {
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#add(`${message.type()}: ${message.text()}`)
    })
    context.on('weberror', (error) => this.#add(`uncaught: ${error.error().stack}`))
    context.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.#add(`request to another host: ${request.url()}`)
    })
  }

  addAll(problems: readonly string[]): void {
    for (const problem of problems) this.#add(problem)
  }

  #add(problem: string): void {
    if (!this.allowed.some((pattern) => pattern.test(problem))) this.found.push(problem)
  }
}

/** Each starts for the first test that needs it, and serves all later ones of the same worker. */
type Servers = { plainServer: Server; flowdockServer: Server; matrixServer: Server; webhookServer: Server }

/**
 * Every test fails on an error or warning in the console, on a request to another host, and on warnings in the server's
 * log. All servers of workers are here: with others in a file, Playwright would start new workers and browsers for it.
 */
export const test = base.extend<Fixtures, Servers>({
  plainServer: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
    async ({}, use) => {
      const server = await Server.create()
      await use(server)
      await server.destroy()
    },
    { scope: 'worker', timeout: startTimeout },
  ],

  flowdockServer: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const server = await Server.create({ sandbox: true })
      await use(server)
      await server.destroy()
    },
    { scope: 'worker', timeout: startTimeout },
  ],

  matrixServer: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const server = await Server.create({ sandbox: true, matrix: true })
      await use(server)
      await server.destroy()
    },
    { scope: 'worker', timeout: startTimeout },
  ],

  webhookServer: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const server = await Server.create({ environment: { WEBHOOKS: 'any' } })
      await use(server)
      await server.destroy()
    },
    { scope: 'worker', timeout: startTimeout },
  ],

  server: ({ plainServer }, use) => use(plainServer),

  emptyServer: [
    async ({ problems }, use) => {
      const server = await Server.create()
      await use(server)
      await server.destroy()
      problems.addAll(server.complaints)
    },
    { timeout: startTimeout },
  ],

  baseURL: async ({ server, problems }, use) => {
    server.complaints.length = 0
    await use(server.url)
    problems.addAll(server.complaints)
  },

  // biome-ignore lint/correctness/noEmptyPattern: as above
  problems: async ({}, use) => {
    const problems = new Problems()
    await use(problems)
    expect(problems.found).toEqual([])
  },

  provoke: async ({ problems }, use) => use((...messages) => void problems.allowed.push(...messages)),

  context: async ({ context, problems, baseURL }, use) => {
    problems.watch(context, baseURL ?? '')
    await use(context)
  },

  visitor: async ({ browser, problems, baseURL, contextOptions }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (options) => {
      const context = await browser.newContext({ ...contextOptions, baseURL, ...options })
      contexts.push(context)
      problems.watch(context, baseURL ?? '')
      return context.newPage()
    })
    await Promise.all(contexts.map((context) => context.close()))
  },

  guest: async ({ baseURL }, use) => use((name) => newGuest(baseURL ?? '', name)),
})
