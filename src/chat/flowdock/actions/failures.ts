import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { Refusal, refusals } from '../../../errors.ts'
import { Overloaded } from '../../../server/load-shedding.ts'
import type { Services } from '../../../services.ts'
import { InvalidToken } from './token.ts'

/** `Retry-After` of an overloaded server, in seconds. */
const busyFor = 3

/** Answers every error of an action with problem details, and keeps the token out of the log. */
export function failures(app: FastifyInstance, { database, metrics }: Pick<Services, 'database' | 'metrics'>): void {
  app.setNotFoundHandler((request, reply) => {
    metrics?.threadActions.count('refused', 'not_found')
    request.log.warn('Flowdock requested an unknown action')
    return sendProblem(reply, 404, 'This action does not exist.')
  })
  app.setErrorHandler<FastifyError | Refusal | InvalidToken>((thrown, request, reply) => {
    if (thrown instanceof Overloaded) {
      metrics?.threadActions.count('refused', thrown.code)
      return sendProblem(reply, 503, thrown.message)
    }
    const error = database.unavailability(thrown) ?? thrown
    if (error instanceof InvalidToken) {
      metrics?.threadActions.count('untrusted', error.code)
      request.log.warn({ reason: error.message }, 'The token of an action from Flowdock was not accepted')
      reply.header('www-authenticate', 'Flowdock-Token error="invalid_token"')
      return sendProblem(reply, 401, `${error.message} Nothing was changed.`)
    }
    const status = error instanceof Refusal ? refusals[error.code].status : (error.statusCode ?? 500)
    metrics?.threadActions.count(status === 500 ? 'failed' : 'refused', reasonOf(error, status))
    if (status === 413) request.log.warn('The body of an action from Flowdock was too large')
    if (status >= 500) request.log[status === 503 ? 'warn' : 'error']({ err: thrown }, 'An action from Flowdock failed')
    if (status === 503) reply.header('retry-after', busyFor)
    return sendProblem(reply, status, status === 500 ? 'Polldock failed. The error was logged.' : error.message)
  })
}

function reasonOf(error: FastifyError | Refusal, status: number): string {
  if (error instanceof Refusal) return error.code
  return status === 429 ? 'too_many_requests' : status < 500 ? 'bad_request' : ''
}

/** Problem details (RFC 9457). The text is for the person who clicked; the request id is for support. */
export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const title = titles[status] ?? 'That did not work'
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, requestId: reply.request.id })
  return reply.code(status).type('application/problem+json').send(body)
}

const titles: Record<number, string> = {
  401: 'Not recognised',
  403: 'Not allowed',
  404: 'Not found',
  409: 'No longer possible',
  410: 'No longer there',
  413: 'Too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Busy',
}
