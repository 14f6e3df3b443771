import type { FastifyServerOptions } from 'fastify'
import type { Config } from './config.ts'

/** Structured logs. A URL's query can hold what somebody searched for, and headers hold secrets: neither is logged. */
export function requestLog({ logLevel }: Config): FastifyServerOptions['logger'] {
  return {
    level: logLevel,
    serializers: {
      req: (request) => ({
        method: request.method,
        path: request.url.split('?', 1)[0],
        remoteAddress: request.ip,
      }),
    },
  }
}
