import type { AddressInfo } from 'node:net'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify'
import { api } from './api/api.ts'
import { unknownRoute } from './api/failure.ts'
import { bodyLimit } from './api/files/large-bodies.ts'
import { plainAddress } from './api/request/addresses.ts'
import { bodyDepth } from './api/request/body-depth.ts'
import { Faults } from './faults/faults.ts'
import { faulty } from './faults/faulty.ts'
import { faultRoutes } from './faults/routes.ts'
import { images } from './images.ts'
import { createMatrix, type Matrix, matrixRoutes } from './matrix/matrix.ts'
import type { Registration } from './matrix/registration.ts'
import { seedMatrix } from './matrix/web/people.ts'
import { Grants } from './oauth/grants.ts'
import { token } from './oauth/token.ts'
import type { Limits } from './state/limits.ts'
import type { Application } from './state/types.ts'
import { web } from './web/web.ts'
import { World } from './world.ts'

/** How long requests in progress may take when the sandbox closes. */
const lastRequestsMs = 1_000

export type SandboxOptions = {
  /** The registered OAuth clients. */
  applications: Application[]
  /** An application service. With it, the sandbox is a Matrix homeserver, too. */
  matrix?: { registration: Registration; serverName: string } | undefined
  /** Defaults to the address on which the server listens. */
  publicUrl?: URL | undefined
  logLevel?: string | undefined
  clock?: (() => Date) | undefined
  limits?: Partial<Limits> | undefined
  /** The interval of heartbeats in streams, in milliseconds. */
  heartbeat?: number | undefined
}

/** `app` is the server, not listening yet. The other fields are for programs that embed the sandbox. */
export type Sandbox = {
  app: FastifyInstance
  world: World
  grants: Grants
  faults: Faults
  matrix: Matrix | undefined
}

/** A Flowdock server with its state in memory. */
export async function buildSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { applications, publicUrl, clock, limits, logLevel = 'silent', heartbeat = 15_000 } = options
  const world = new World({ applications, publicUrl: publicUrl ?? new URL('http://localhost/'), clock, limits })
  const app = fastify({
    logger: requestLog(logLevel),
    bodyLimit,
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 900 },
    rewriteUrl: ({ url = '/' }) => plainAddress(url),
    frameworkErrors: unroutable,
  })
  app.setNotFoundHandler(unknownRoute)
  // Before the body is parsed, which would be answered with 400, 413 or 415.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return unknownRoute(request, reply)
  })
  await app.register(bodyDepth)
  app.addHook('preClose', async () => closeConnections(app))
  app.addHook('onListen', () => {
    if (!publicUrl) world.publicUrl = listeningAt(app)
  })
  const grants = new Grants(world.clock)
  const faults = new Faults()
  const matrix = options.matrix && createMatrix({ ...options.matrix, clock: world.clock })
  if (matrix) seedMatrix(matrix.homeserver, world.people)
  await app.register(faultRoutes, { faults })
  await app.register(async (faultyPart) => {
    await faultyPart.register(faulty, { faults })
    await faultyPart.register(token, { grants, world })
    await faultyPart.register(api, { world, heartbeat, lookup: grants.identify })
  })
  if (matrix) await app.register(matrixRoutes, { matrix, faults })
  await app.register(images, { world })
  await app.register(web, { world, grants, faults, matrix })
  return { app, world, grants, faults, matrix }
}

/**
 * A request may be answered before all of its body has arrived, so its connection becomes idle only later. Connections on
 * which nothing has come yet, as browsers open some in advance, never do.
 */
function closeConnections({ server }: FastifyInstance): void {
  if (!server.listening) return
  const timer = setInterval(() => server.closeIdleConnections(), 100)
  const last = setTimeout(() => server.closeAllConnections(), lastRequestsMs)
  server.once('close', () => {
    clearInterval(timer)
    clearTimeout(last)
  })
}

/** Queries and headers are not logged, because they can hold tokens. */
function requestLog(level: string): FastifyServerOptions['logger'] {
  const req = ({ method, url }: FastifyRequest) => ({ method, path: url.split('?', 1)[0] })
  return { level, serializers: { req } }
}

/** Answers a URL that cannot be decoded, which reaches no route. */
function unroutable(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  unknownRoute(request, reply)
}

function listeningAt({ server }: FastifyInstance): URL {
  const { family, address, port } = server.address() as AddressInfo
  const isAny = address === '0.0.0.0' || address === '::'
  return new URL(`http://${isAny ? 'localhost' : family === 'IPv6' ? `[${address}]` : address}:${port}/`)
}
