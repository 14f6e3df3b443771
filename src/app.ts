import type { IncomingMessage } from 'node:http'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import { fastifySSE } from '@fastify/sse'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { api } from './api/api.ts'
import { problemOf, sendProblem } from './api/failures.ts'
import { flowdock } from './chat/flowdock/flowdock.ts'
import { type Config, deriveKeys } from './config.ts'
import { requestMetrics } from './metrics/requests.ts'
import { sessionCookie } from './server/cookies/session-cookie.ts'
import { csrf } from './server/csrf.ts'
import { draining, healthRoutes } from './server/health.ts'
import { largeBodies } from './server/large-bodies.ts'
import type { LoadMonitor } from './server/load-monitor.ts'
import { loadShedding } from './server/load-shedding.ts'
import { errorPages } from './server/pages/error-pages.ts'
import { flash } from './server/pages/flash.ts'
import { rateLimits } from './server/rate-limits.ts'
import { type LogStream, nameRequest, requestIdOf, requestIds, requestLog } from './server/request-log.ts'
import { views } from './server/views.ts'
import type { Services } from './services.ts'
import { web } from './web/web.ts'

const bodyLimit = 64 * 1024
/** Of an address, between slashes, in characters. */
const maxPartLength = 500

/**
 * Whoever sends nothing, or but a byte now and then, is cut off: so long after they connected or began a request, in
 * milliseconds, and up to `connectionsCheckingInterval` later. As Node has it, 5,000 connections that send nothing
 * stayed for up to a minute.
 */
const serverTimeouts = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 }

/**
 * An answer that is not read for `unread` milliseconds is cut off with its connection. Event streams that are read have
 * a byte to take at every `heartbeat`.
 */
const answerTimeouts = { unread: 60_000, heartbeat: 15_000 }

/** What else a server stands in; for tests, which look at it or change it. */
export type Surroundings = {
  /** Where the log goes. */
  log?: LogStream
  /** What is refused; as it is measured unless given. */
  pressure?: LoadMonitor
  timeouts?: typeof answerTimeouts
}

/** The whole server, not yet listening. */
export async function buildApp(
  services: Services,
  { log, pressure, timeouts = answerTimeouts }: Surroundings = {},
): Promise<FastifyInstance> {
  const { config } = services
  const app = fastify({
    logger: requestLog(config, log),
    logController: new LogController({ requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf(config),
    trustProxy: (_address, hop) => hop < config.proxies,
    bodyLimit,
    http: serverTimeouts,
    requestTimeout: serverTimeouts.requestTimeout,
    connectionTimeout: timeouts.unread,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    // What has reached us is answered, also while we stop.
    return503OnClosing: false,
    rewriteUrl: routable,
    frameworkErrors: unroutable,
    routerOptions: { maxParamLength: maxPartLength, ignoreTrailingSlash: true },
  })
  if (services.tracing) await app.register(services.tracing.requests)
  await app.register(requestIds)
  await app.register(requestMetrics, { metrics: services.metrics?.requests })
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(config) },
    strictTransportSecurity: config.publicUrl.protocol === 'https:' && { includeSubDomains: false },
  })
  await app.register(draining, { services })
  // Before all that the routes that follow are subject to.
  await app.register(healthRoutes, { services, logLevel: 'silent' })
  await app.register(loadShedding, { services, pressure })
  // The key of the CSRF cookie alone; other cookies are signed by `SignedCookie`, for each purpose with its own key.
  await app.register(cookie, { secret: deriveKeys(services.secrets, 'cookies') })
  await app.register(largeBodies)
  await app.register(formbody)
  // Before anything is looked up for the request.
  await app.register(rateLimits, { services })
  await app.register(csrf, { services })
  await app.register(sessionCookie, { services })
  await app.register(flash, { services })
  await app.register(fastifySSE, { heartbeatInterval: timeouts.heartbeat })
  await app.register(views, { services })

  await app.register(api, { services, prefix: '/api' })
  await app.register(pages, { services })
  return app
}

/** The faces that show pages and take their forms; what goes wrong in them is a page too. */
async function pages(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  errorPages(app, services)
  await app.register(web, { services })
  await app.register(flowdock, { services })
}

/**
 * An address that cannot be decoded, or has a part that is too long, would reach no route, and so no face and no hook:
 * it is taken for one that leads nowhere.
 */
function routable({ url = '/' }: IncomingMessage): string {
  if (isRoutable(url)) return url
  const face = ['/api', '/flowdock/actions'].find((prefix) => url.startsWith(`${prefix}/`)) ?? ''
  return `${face}/-`
}

function isRoutable(url: string): boolean {
  const path = url.split('?', 1)[0] ?? ''
  if (path.length > maxPartLength && path.split('/').some((part) => part.length > maxPartLength)) return false
  if (!path.includes('%')) return true
  try {
    return decodeURIComponent(path) !== ''
  } catch {
    return false
  }
}

/** Whatever else the router cannot read. */
function unroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  nameRequest(request, reply)
  sendProblem(reply, problemOf(error))
}

/**
 * Nothing is loaded from elsewhere, and no script or style stands in a page. Forms may lead to Flowdock's sign-in, as
 * browsers count the redirect after a form to what it leads to.
 */
const contentSecurityPolicy = ({ flowdock }: Config) => ({
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  formAction: ["'self'", ...(flowdock ? [flowdock.apiUrl.origin] : [])],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
})
