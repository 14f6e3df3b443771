import rateLimit from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Services } from './services.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** preHandlers that count a change against whoever makes it, by person, or by address for a newcomer. */
    limits: { write: Limit; vote: Limit; identity: Limit }
  }
}

type Limit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** Too many requests; `statusCode` is what the faces' error handlers go by. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests'
  readonly statusCode = 429
}

/** Every request counts against its address; changes also against the person. Kept in memory: each process counts for itself. */
export const rateLimits = fastifyPlugin(async (app, { services }: { services: Services }) => {
  const limits = services.config.rateLimits
  if (!limits) {
    const free: Limit = async () => {}
    app.decorate('limits', { write: free, vote: free, identity: free })
    return
  }
  await app.register(rateLimit, { global: false })
  const limiter = (max: number, key: (request: FastifyRequest) => string): Limit => {
    const count = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator: key })
    return async (request, reply) => {
      const result = await count(request)
      if (result.isAllowed || !result.isExceeded) return
      reply.header('retry-after', result.ttlInSeconds)
      throw new TooManyRequests(`That is too much at once. Try again in ${result.ttlInSeconds} seconds.`)
    }
  }
  const who = (request: FastifyRequest) => request.person?.id ?? request.ip
  app.addHook(
    'onRequest',
    limiter(limits.address, (request) => request.ip),
  )
  app.decorate('limits', {
    write: limiter(limits.write, who),
    vote: limiter(limits.vote, who),
    identity: limiter(limits.identity, (request) => request.ip),
  })
})
