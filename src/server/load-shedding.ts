import underPressure from '@fastify/under-pressure'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { Refusal } from '../errors.ts'
import type { Services } from '../services.ts'
import { LoadMonitor, loopDelay, type Rank, ranks } from './load-monitor.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** When requests to this route are refused under load; unless told, what reads before what changes. */
    shed?: Rank | 'never'
  }
}

/** A request that is refused before anything is done for it, because too much is going on. */
export class Overloaded extends Refusal {
  constructor() {
    super(
      'unavailable',
      'Too much is going on at this moment. What you did before is kept. Try again in a few seconds.',
    )
  }
}

const sampleMs = 1_000
/** Seconds: spread, so that those who were refused together do not come back together. */
const retryAfter = { least: 5, spread: 6 }

/** Refuses requests when there is more to do than can be done, those first that are missed least. */
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
  // Whoever asks how we are is not to be told that we have no time.
  if (url?.startsWith('/health/')) return 'never'
  return config.shed ?? (method === 'GET' || method === 'HEAD' ? 'reads' : 'changes')
}

/** Looks every second, and says in the log when something changes. */
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
  if (level === 0) log.warn('Nothing is refused any more')
  else log.warn({ refused: ranks.slice(0, level) }, 'There is too much to do: some requests are refused')
}
