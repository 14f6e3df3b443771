import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** Resolves, or rejects with why not. */
type Check = () => Promise<unknown>
type Result = 'ok' | 'failed'

type HealthOptions = { services: { health: Health } }

export type Readiness = { status: 'ready' | 'failed' | 'stopping'; checks: Record<string, Result> }

const live = '/health/live'
/** How long a check may take, and how long what was found is told again, so that asking often costs nothing; in ms. */
const defaultTiming = { patienceMs: 2_000, freshMs: 1_000 }

/** Whether this process can do its work, as far as others have to know who send it requests. */
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

  /** From now on the process is ready only if this succeeds, instead of the check that had this name before. */
  require(name: string, check: Check): void {
    this.#checks.set(name, oneAtATime(check))
    this.#latest = undefined
  }

  /** From now on the process is not ready: it still does its work, but nobody is to send it more. */
  stop(): void {
    this.#isStopping = true
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Told of each check that comes to fail, and why. */
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

/** The check of what is not started yet, or is at its end. */
export async function notRunning(): Promise<never> {
  throw new Error('It does not run.')
}

/** One that hangs is waited for rather than begun again and again. */
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
 * For whoever watches over the process: nothing secret, no session, no limit, no line in the log. It is a hook that
 * answers: hooks that others add to the app later, for sessions and limits, are never reached then.
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
 * When the process is about to stop, whoever keeps a connection to it open is asked with the next answer to close it.
 */
export const draining = fastifyPlugin(async (app, { services: { health } }: HealthOptions) => {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (health.isStopping) reply.header('connection', 'close')
    done()
  })
})
