import fastify, { type FastifyInstance } from 'fastify'
import { Faults } from '../faults/faults.ts'
import { faulty } from '../faults/faulty.ts'
import { faultRoutes } from '../faults/routes.ts'
import { matrixApi, unrecognized } from './api/api.ts'
import { faultAnswer } from './api/fault-answer.ts'
import { defaultMatrixLimits, Homeserver, type MatrixLimits } from './homeserver.ts'
import { isPushed, transactionSender } from './push/app-service.ts'
import { Pusher } from './push/pusher.ts'
import type { Registration } from './registration.ts'
import { RateLimits } from './request/rate-limits.ts'
import { readRequester } from './request/requester.ts'
import { SentTransactions } from './request/sent-transactions.ts'

export type MatrixOptions = {
  /** The one application service. */
  registration: Registration
  serverName?: string | undefined
  logLevel?: string | undefined
  clock: () => Date
  limits?: Partial<MatrixLimits> | undefined
  /** The milliseconds of a second between retries. Tests shorten it. */
  second?: number | undefined
}

/** `app` is the server, not listening yet. The other fields are for programs that embed the homeserver. */
export type MatrixSandbox = {
  app: FastifyInstance
  homeserver: Homeserver
  faults: Faults
  pusher: Pusher
  /** Loses what a real homeserver loses when it stops and starts again. Open connections break. */
  restart(): void
}

/** In bytes, many times the size of an event. */
const bodyLimit = 1024 * 1024

/** A Matrix homeserver for one application service, with its state in memory. */
export async function buildMatrix(options: MatrixOptions): Promise<MatrixSandbox> {
  const { registration, serverName = 'chat.test', logLevel = 'silent', limits, second } = options
  const clock = () => options.clock().getTime()
  const allLimits = { ...defaultMatrixLimits, ...limits }
  const homeserver = new Homeserver({ serverName, registration, clock, limits: allLimits })
  const pusher = new Pusher({ send: transactionSender(registration, clock), second })
  const transactions = new SentTransactions()
  const faults = new Faults()
  homeserver.onEvent((event, room) => {
    if (isPushed(homeserver, room, event)) pusher.push(event)
  })

  const app = fastify({
    logger: { level: logLevel, serializers: { req: ({ method, url }) => ({ method, path: url.split('?', 1)[0] }) } },
    bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2_000 },
  })
  app.setNotFoundHandler(unrecognized)
  app.addHook('preClose', async () => pusher.stop())
  await app.register(faultRoutes, { faults })
  await app.register(async (faultyPart) => {
    await faultyPart.register(faulty, { faults, pathOf: decoded, answer: faultAnswer })
    const requester = (request: Parameters<typeof readRequester>[1]) => readRequester(homeserver, request)
    await faultyPart.register(matrixApi, {
      homeserver,
      pusher,
      transactions,
      requester,
      limits: new RateLimits(homeserver),
    })
  })
  return { app, homeserver, faults, pusher, restart }

  function restart(): void {
    transactions.restart()
    pusher.restart()
    app.server.closeAllConnections()
  }
}

/** Faults name rooms as they are, whatever of them the client encodes. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
