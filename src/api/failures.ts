import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type InputProblem, Refusal } from '../errors.ts'
import { Overloaded } from '../server/load-shedding.ts'
import type { Services } from '../services.ts'
import { type Problem, type ProblemCode, problem, problemKinds } from './problem.ts'

/** The Retry-After of a 503 response, in seconds. */
const retryAfter = 3

/** Answers every error below /api with problem details (RFC 9457). */
export function failures(app: FastifyInstance, { database }: Pick<Services, 'database'>): void {
  app.setNotFoundHandler((request, reply) => sendProblem(reply, missing(request)))
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const answer = problemOf(database.unavailability(error) ?? error)
    if (answer.status === 500) request.log.error({ err: error }, 'An API request failed')
    if (answer.status === 503 && !(error instanceof Overloaded)) {
      reply.header('retry-after', retryAfter)
      request.log.warn({ err: error }, 'An API request could not be served')
    }
    if (answer.status === 401) reply.header('www-authenticate', challenge(request))
    return sendProblem(reply, answer)
  })
}

export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  return reply
    .code(answer.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify({ ...answer, requestId: reply.request.id }))
}

/** The problem of an error. An internal error reveals no details. */
export function problemOf(error: FastifyError | Refusal): Problem {
  if (error instanceof Refusal) {
    return problem(error.code, error.message, { errors: error.problems, revision: error.revision })
  }
  if (hasZodFastifySchemaValidationErrors(error)) return invalidInput(error)
  const code = codeOf(error)
  const isOurs = problemKinds[code].status === 500
  return problem(code, isOurs || code === 'csrf_failed' ? problemKinds[code].meaning : error.message)
}

/** No route matches. `rewriteUrl` (see app.ts) has replaced an invalid URL, so it differs from `originalUrl`. */
function missing({ method, url, originalUrl }: FastifyRequest): Problem {
  if (url !== originalUrl) return problem('bad_request', 'The URL is invalid, or a part of it is too long.')
  return problem('not_found', `There is no ${method} ${url.split('?', 1)[0]}.`)
}

const frameworkCodes: Record<string, ProblemCode> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_CSRF_MISSING_SECRET: 'csrf_failed',
  FST_CSRF_INVALID_TOKEN: 'csrf_failed',
}

const statusCodes: Record<number, ProblemCode> = {
  404: 'not_found',
  406: 'not_acceptable',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
}

function codeOf({ code, statusCode = 500 }: FastifyError): ProblemCode {
  return frameworkCodes[code] ?? statusCodes[statusCode] ?? (statusCode < 500 ? 'bad_request' : 'internal_error')
}

/** An invalid id in the path is answered like an unknown one. */
function invalidInput({ validation = [], validationContext }: FastifyError): Problem {
  if (validationContext === 'params') return problem('not_found', 'There is no such poll.')
  const errors = validation.flatMap(inputProblems)
  return problem('invalid_input', errors[0]?.message ?? 'The input is invalid.', { errors })
}

type Issue = NonNullable<FastifyError['validation']>[number]

function inputProblems({ keyword, instancePath, message = '', params }: Issue): InputProblem[] {
  const path = instancePath.slice(1).split('/').filter(Boolean)
  if (keyword === 'unrecognized_keys') {
    return (params.keys as string[]).map((key) => ({
      path: [...path, key].join('.'),
      message: 'This field is unknown. Leave it out.',
    }))
  }
  const isWholeMissing = path.length === 0 && keyword === 'invalid_type'
  return [{ path: path.join('.'), message: isWholeMissing ? 'Send a JSON object.' : message }]
}

/** RFC 6750: `error="invalid_token"` if the request sent a token. */
function challenge({ headers }: FastifyRequest): string {
  const isGiven = headers.authorization?.toLowerCase().startsWith('bearer')
  return `Bearer realm="Polldock"${isGiven ? ', error="invalid_token"' : ''}`
}
