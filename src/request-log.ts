import type { FastifyServerOptions } from 'fastify'
import type { Config } from './config.ts'
import { loggedError } from './logged-error.ts'

/** Where log lines go. */
export type LogStream = { write(line: string): void }

/**
 * Structured logs. A URL's query can hold what somebody searched for or a signed claim, headers hold secrets, and
 * errors what was at hand: none of it is logged.
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
