import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import { fastifySSE } from '@fastify/sse'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { api } from './api/api.ts'
import { problemOf, sendProblem } from './api/failures.ts'
import { flowdock } from './chat/flowdock/flowdock.ts'
import { type Config, deriveKeys } from './config.ts'
import { csrf } from './csrf.ts'
import { errorPages } from './pages/error-pages.ts'
import { news } from './pages/news.ts'
import { rateLimits } from './rate-limits.ts'
import { requestLog } from './request-log.ts'
import type { Services } from './services.ts'
import { sessionCookie } from './session-cookie.ts'
import { views } from './views.ts'
import { web } from './web/web.ts'

const bodyLimit = 64 * 1024

/** The whole server, not yet listening. */
export async function buildApp(services: Services): Promise<FastifyInstance> {
  const { config } = services
  const app = fastify({
    logger: requestLog(config),
    trustProxy: (_address, hop) => hop < config.proxies,
    bodyLimit,
    requestTimeout: 30_000,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    frameworkErrors: unroutable,
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
  })
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(config) },
    strictTransportSecurity: config.publicUrl.protocol === 'https:' && { includeSubDomains: false },
  })
  await app.register(cookie, { secret: deriveKeys(services.secrets, 'cookies') })
  await app.register(formbody)
  await app.register(csrf, { services })
  await app.register(sessionCookie, { services })
  await app.register(news, { services })
  await app.register(rateLimits, { services })
  await app.register(fastifySSE, { heartbeatInterval: 15_000 })
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

/** A URL that cannot be decoded reaches no route, and so none of the faces. */
function unroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  if (request.url.startsWith('/api/')) sendProblem(reply, problemOf(error))
  else reply.code(400).type('text/plain; charset=utf-8').send('This is not a valid address.\n')
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
