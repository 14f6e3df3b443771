import type { IncomingMessage } from 'node:http'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import { fastifySSE } from '@fastify/sse'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import helmet from 'helmet'
import { api } from './api/api.ts'
import { problemOf, sendProblem } from './api/failures.ts'
import { chatApiPaths, chatRoutes } from './chat/routes.ts'
import { deriveKeys } from './config.ts'
import { requestMetrics } from './metrics/requests.ts'
import { signerWith } from './server/cookies/cookies.ts'
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
import { unusedConnections } from './server/unused-connections.ts'
import { views } from './server/views.ts'
import type { Services } from './services.ts'
import { web } from './web/web.ts'

const bodyLimit = 64 * 1024
/** The maximum length of one path segment, in characters. */
const maxPartLength = 500

/**
 * Disconnects slow clients: so many milliseconds after they connected or started a request, and up to
 * `connectionsCheckingInterval` later. With Node's defaults, 5,000 silent connections stayed for up to a minute.
 */
const serverTimeouts = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 }

/**
 * In milliseconds. A client that reads nothing for `unread` is disconnected. Event streams write a byte at every
 * `heartbeat`.
 */
const responseTimeouts = { unread: 60_000, heartbeat: 15_000 }

/** For tests. */
export type AppOptions = {
  /** Where the log goes. */
  log?: LogStream
  /** Replaces the measured load. */
  loadMonitor?: LoadMonitor
  timeouts?: typeof responseTimeouts
}

/** The whole server, not yet listening. */
export async function buildApp(
  services: Services,
  { log, loadMonitor, timeouts = responseTimeouts }: AppOptions = {},
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
    // Requests that arrived are answered during shutdown, too.
    return503OnClosing: false,
    rewriteUrl: routable,
    frameworkErrors: unroutable,
    routerOptions: { maxParamLength: maxPartLength, ignoreTrailingSlash: true },
  })
  if (services.tracing) await app.register(services.tracing.requests)
  await app.register(unusedConnections)
  await app.register(requestIds)
  await app.register(requestMetrics, { metrics: services.metrics?.requests })
  const setSecurityHeaders = securityHeaders(services)
  app.addHook('onRequest', ({ raw: request }, { raw: reply }, done) => setSecurityHeaders(request, reply, () => done()))
  await app.register(draining, { services })
  // Before load shedding, rate limits and sessions, so health checks pass none of them.
  await app.register(healthRoutes, { services, logLevel: 'silent' })
  await app.register(loadShedding, { services, pressure: loadMonitor })
  // Signs only the CSRF cookie; `SignedCookie` signs the others, each with a key for its purpose.
  await app.register(cookie, { secret: signerWith(deriveKeys(services.secrets, 'cookies')) })
  await app.register(largeBodies)
  await app.register(formbody)
  // Before the request reads the database.
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

/** Pages and forms. Their errors are pages, too. */
async function pages(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  errorPages(app, services)
  await app.register(web, { services })
  for (const routes of chatRoutes) await app.register(routes, { services })
}

/**
 * A URL that cannot be decoded, or has a segment that is too long, would reach no route and no hook. It is rewritten
 * to an unknown path, so pages, API or chat routes answer it with 404.
 */
function routable({ url = '/' }: IncomingMessage): string {
  if (isRoutable(url)) return url
  const prefix = ['/api', ...chatApiPaths].find((one) => url.startsWith(`${one}/`)) ?? ''
  return `${prefix}/-`
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

/** Answers other URLs that the router cannot read. */
function unroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  nameRequest(request, reply)
  sendProblem(reply, problemOf(error))
}

/** Made once: Fastify's plugin for Helmet makes them again for each response, which takes longer than to set them. */
function securityHeaders(services: Services) {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(services) },
    strictTransportSecurity: services.config.publicUrl.protocol === 'https:' && { includeSubDomains: false },
  })
}

/**
 * Allows only our own files, no inline scripts or styles. Forms may lead to a chat's sign-in, as browsers apply
 * `form-action` to the redirect after a form.
 */
const contentSecurityPolicy = ({ chats }: Pick<Services, 'chats'>) => ({
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  formAction: ["'self'", ...[...chats.values()].flatMap(({ description }) => description.formOrigins)],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
})
