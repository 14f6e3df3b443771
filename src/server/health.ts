import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** Resolves when healthy, rejects with the reason when not. */
type Check = () => Promise<unknown>
type Result = 'ok' | 'failed'

type HealthOptions = { services: { health: Health } }

export type Readiness = { status: 'ready' | 'failed' | 'stopping'; checks: Record<string, Result> }

const live = '/health/live'
/** The timeout of a check, and how long its result is cached, so frequent probes cost nothing; in ms. */
const defaultTiming = { patienceMs: 2_000, freshMs: 1_000 }

/** The readiness of this process, for load balancers and monitoring. */
export class Health {
  readonly #timing: typeof defaultTiming
  readonly #checks = new Map<string, Check>()
  #isStopping = false
  #latest: { at: number; results: Promise<[string, Result][]> } | undefined
  readonly #failing = new Set<string>()
  #tell: (name: string, reason: unknown) => void = () => {}

  constructor(timing = defaultTiming) {
    this.#timing = timing
  }

  /** Adds a check that must succeed for the process to be ready. Replaces the check of the same name. */
  require(name: string, check: Check): void {
    this.#checks.set(name, oneAtATime(check))
    this.#latest = undefined
  }

  /** Makes the process not ready before it stops: it still answers, but load balancers should send it nothing more. */
  stop(): void {
    this.#isStopping = true
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Calls `tell` with the name and the reason when a check starts to fail. */
  onFailure(tell: (name: string, reason: unknown) => void): void {
    this.#tell = tell
  }

  async readiness(): Promise<Readiness> {
    const now = performance.now()
    if (!this.#latest || now - this.#latest.at > this.#timing.freshMs)
      this.#latest = { at: now, results: this.#runAll() }
    const results = await this.#latest.results
    const status = results.every(([, result]) => result === 'ok') ? 'ready' : 'failed'
    return { status: this.#isStopping ? 'stopping' : status, checks: Object.fromEntries(results) }
  }

  #runAll(): Promise<[string, Result][]> {
    return Promise.all([...this.#checks].map(async ([name, check]) => [name, await this.#run(name, check)]))
  }

  async #run(name: string, check: Check): Promise<Result> {
    try {
      await Promise.race([check(), tooLate(this.#timing.patienceMs)])
      this.#failing.delete(name)
      return 'ok'
    } catch (reason) {
      if (!this.#failing.has(name) && !this.#isStopping) this.#tell(name, reason)
      this.#failing.add(name)
      return 'failed'
    }
  }
}

async function tooLate(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false })
  throw new Error(`There was no answer in ${ms} ms.`)
}

/** The check of a part that is not started yet, or has stopped. */
export async function notRunning(): Promise<never> {
  throw new Error('It does not run.')
}

/** Runs a check once at a time: a hanging check is awaited, not started again. */
function oneAtATime(check: Check): Check {
  let running: Promise<unknown> | undefined
  return () => {
    running ??= check().finally(() => {
      running = undefined
    })
    return running
  }
}

/**
 * Health endpoints: nothing secret, no session, no limit, no log line. A hook answers them, so later hooks for sessions
 * and limits never run.
 */
export async function healthRoutes(app: FastifyInstance, { services: { health } }: HealthOptions): Promise<void> {
  health.onFailure((name, err) => app.log.warn({ err }, `This process is not ready: ${name}`))
  app.addHook('onRequest', async ({ routeOptions }, reply) => {
    reply.header('cache-control', 'no-store')
    if (routeOptions.url === live) return reply.send({ status: 'live' })
    const readiness = await health.readiness()
    return reply.code(readiness.status === 'ready' ? 200 : 503).send(readiness)
  })
  for (const path of [live, '/health/ready']) app.get(path, () => {})
}

/**
 * Asks clients to close their connections once new ones are refused. Before that they would connect again, and
 * connections that are not yet accepted are reset when the process stops to listen.
 */
export const draining = fastifyPlugin(async (app, { services: { health } }: HealthOptions) => {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (health.isStopping && !app.server.listening) reply.header('connection', 'close')
    done()
  })
})
