import underPressure from '@fastify/under-pressure'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { Refusal } from '../errors.ts'
import type { Services } from '../services.ts'
import { LoadMonitor, loopDelay, type Rank, ranks } from './load-monitor.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The rank of this route under load. By default, GET and HEAD are shed before other methods. */
    shed?: Rank | 'never'
  }
}

/** The process is overloaded and refuses the request before doing any work for it. */
export class Overloaded extends Refusal {
  constructor() {
    super('unavailable', 'Polldock is overloaded right now. What you did before is saved. Try again in a few seconds.')
  }
}

const sampleMs = 1_000
/** In seconds. Random, so refused clients do not all retry at the same time. */
const retryAfter = { least: 5, spread: 6 }

/** Sheds load: refuses requests while the process is overloaded, the least important ranks first. */
export const loadShedding = fastifyPlugin(
  async (
    app,
    options: { services: Pick<Services, 'database' | 'ballotBox' | 'metrics'>; pressure: LoadMonitor | undefined },
  ) => {
    const { services } = options
    const pressure = options.pressure ?? (await watchedPressure(app, services))
    app.addHook('onRequest', (request, reply, done) => {
      const rank = rankOf(request)
      if (rank === 'never' || !pressure.sheds(rank)) return done()
      services.metrics?.requests.shed(rank)
      reply.header('retry-after', retryAfter.least + Math.floor(Math.random() * retryAfter.spread))
      done(new Overloaded())
    })
  },
)

function rankOf({ method, routeOptions: { config, url } }: FastifyRequest): Rank | 'never' {
  // Health checks must answer under load, too.
  if (url?.startsWith('/health/')) return 'never'
  return config.shed ?? (method === 'GET' || method === 'HEAD' ? 'reads' : 'changes')
}

/** Measures the load every second, and logs when the level changes. */
async function watchedPressure(
  app: FastifyInstance,
  { ballotBox, database }: Pick<Services, 'database' | 'ballotBox'>,
): Promise<LoadMonitor> {
  await app.register(underPressure, { sampleInterval: sampleMs })
  const pressure = new LoadMonitor()
  let lookedAt = performance.now()
  const look = () => {
    const { level } = pressure
    const lateMs = performance.now() - lookedAt - sampleMs
    lookedAt += lateMs + sampleMs
    pressure.note({
      delayMs: loopDelay(app.memoryUsage().eventLoopDelay, lateMs, sampleMs),
      poolWaiting: database.pool?.().waiting ?? 0,
      commandsWaiting: ballotBox.waiting,
    })
    if (pressure.level !== level) tell(app.log, pressure)
  }
  const looking = setInterval(look, sampleMs).unref()
  app.addHook('onClose', async () => clearInterval(looking))
  return pressure
}

function tell(log: FastifyBaseLogger, { level }: LoadMonitor): void {
  if (level === 0) log.warn('Load is normal again: no requests are refused')
  else log.warn({ refused: ranks.slice(0, level) }, 'Overloaded: some requests are refused')
}
