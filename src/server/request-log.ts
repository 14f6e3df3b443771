import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { customAlphabet } from 'nanoid'
import type { Config } from '../config.ts'
import { loggedError } from './logged-error.ts'

/** Where log lines go. */
export type LogStream = { write(line: string): void }

/**
 * Structured logs. Queries of URLs can hold searches and signed claims, headers hold secrets, and errors hold private
 * data, so none of these is logged.
 *
 * @param stream the standard output unless given
 */
export function requestLog({ logLevel }: Config, stream?: LogStream): FastifyServerOptions['logger'] {
  return {
    level: logLevel,
    ...(stream && { stream }),
    serializers: {
      req: (request) => ({
        method: request.method,
        path: request.originalUrl.split('?', 1)[0],
        remoteAddress: request.ip,
      }),
      err: (error) => loggedError(error),
    },
  }
}

const newRequestId = customAlphabet('abcdefghijkmnopqrstuvwxyz23456789', 12)
const harmless = /^[\w-]{1,64}$/

/** The name of a request: a proxy's, where one stands in front and gave it one, else a new one of 60 bits. */
export function requestIdOf({ proxies }: Config): (request: IncomingMessage) => string {
  return ({ headers }) => {
    const given = headers['x-request-id']
    return proxies > 0 && typeof given === 'string' && harmless.test(given) ? given : newRequestId()
  }
}

/** Sends the request id that the log uses in a response header, except in cacheable responses. */
export const requestIds = fastifyPlugin(async (app) => {
  app.addHook('onRequest', (request, reply, done) => {
    const isKept = request.routeOptions.config.sessionless && request.method !== 'POST'
    if (!isKept) nameRequest(request, reply)
    done()
  })
})

export function nameRequest({ id }: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', id)
}
