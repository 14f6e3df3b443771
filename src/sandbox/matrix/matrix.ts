import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
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
  clock: () => Date
  limits?: Partial<MatrixLimits> | undefined
  /** The milliseconds of a second between retries. Tests shorten it. */
  second?: number | undefined
}

/** A homeserver that pushes to its application service. */
export type Matrix = {
  homeserver: Homeserver
  pusher: Pusher
  transactions: SentTransactions
  /** Loses what a real homeserver loses when it stops and starts again. */
  restart(): void
}

/** Makes a Matrix homeserver for one application service, with its state in memory. */
export function createMatrix({ registration, serverName = 'chat.test', clock, limits, second }: MatrixOptions): Matrix {
  const now = () => clock().getTime()
  const allLimits = { ...defaultMatrixLimits, ...limits }
  const homeserver = new Homeserver({ serverName, registration, clock: now, limits: allLimits })
  const pusher = new Pusher({ send: transactionSender(registration, now), second })
  const transactions = new SentTransactions()
  homeserver.onEvent((event, room) => {
    if (isPushed(homeserver, room, event)) pusher.push(event)
  })
  const restart = () => {
    transactions.restart()
    pusher.restart()
  }
  return { homeserver, pusher, transactions, restart }
}

/** Serves the client-server API of a homeserver, with faults. */
export async function matrixRoutes(
  app: FastifyInstance,
  { matrix: { homeserver, pusher, transactions }, faults }: { matrix: Matrix; faults: Faults },
): Promise<void> {
  await app.register(faulty, { faults, pathOf: decoded, answer: faultAnswer })
  const requester = (request: FastifyRequest) => readRequester(homeserver, request)
  const limits = new RateLimits(homeserver)
  await app.register(matrixApi, { homeserver, pusher, transactions, requester, limits })
  app.addHook('preClose', async () => pusher.stop())
}

/** `app` is the server, not listening yet. The other fields are for programs that embed the homeserver. */
export type MatrixServer = Matrix & { app: FastifyInstance; faults: Faults }

/** In bytes, many times the size of an event. */
const bodyLimit = 1024 * 1024

/** A server that is only a homeserver. Open connections break when it restarts. */
export async function buildMatrix(options: MatrixOptions): Promise<MatrixServer> {
  const matrix = createMatrix(options)
  const faults = new Faults()
  const app = fastify({
    bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2_000 },
  })
  app.setNotFoundHandler(unrecognized)
  await app.register(faultRoutes, { faults })
  await app.register(matrixRoutes, { matrix, faults })
  const restart = () => {
    matrix.restart()
    app.server.closeAllConnections()
  }
  return { ...matrix, app, faults, restart }
}

/** Faults name rooms as they are, whatever of them the client encodes. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
