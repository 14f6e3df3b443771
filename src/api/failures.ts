import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type InputProblem, Refusal } from '../errors.ts'
import { Overloaded } from '../server/load-shedding.ts'
import type { Services } from '../services.ts'
import { type Problem, type ProblemCode, problem, problemKinds } from './problem.ts'

/** Seconds after which a refusal for being busy may be over. */
const busyFor = 3

/** Answers whatever goes wrong below /api with problem details (RFC 9457). */
export function failures(app: FastifyInstance, { database }: Pick<Services, 'database'>): void {
  app.setNotFoundHandler((request, reply) => sendProblem(reply, missing(request)))
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const answer = problemOf(database.unavailability(error) ?? error)
    if (answer.status === 500) request.log.error({ err: error }, 'An API request failed')
    if (answer.status === 503 && !(error instanceof Overloaded)) {
      reply.header('retry-after', busyFor)
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

/** What to tell about an error; nothing but that there was one, unless the request is to blame. */
export function problemOf(error: FastifyError | Refusal): Problem {
  if (error instanceof Refusal) {
    return problem(error.code, error.message, { errors: error.problems, revision: error.revision })
  }
  if (hasZodFastifySchemaValidationErrors(error)) return invalidInput(error)
  const code = codeOf(error)
  const isOurs = problemKinds[code].status === 500
  return problem(code, isOurs || code === 'csrf_failed' ? problemKinds[code].meaning : error.message)
}

/** Where there is no route. One that nobody can read was rewritten on its way here. */
function missing({ method, url, originalUrl }: FastifyRequest): Problem {
  if (url !== originalUrl) return problem('bad_request', 'The address cannot be read, or has a part that is too long.')
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

/** A poll's id that cannot be one is the id of no poll. */
function invalidInput({ validation = [], validationContext }: FastifyError): Problem {
  if (validationContext === 'params') return problem('not_found', 'There is no such poll.')
  const errors = validation.flatMap(inputProblems)
  return problem('invalid_input', errors[0]?.message ?? 'Something sent is wrong.', { errors })
}

type Issue = NonNullable<FastifyError['validation']>[number]

function inputProblems({ keyword, instancePath, message = '', params }: Issue): InputProblem[] {
  const path = instancePath.slice(1).split('/').filter(Boolean)
  if (keyword === 'unrecognized_keys') {
    return (params.keys as string[]).map((key) => ({
      path: [...path, key].join('.'),
      message: 'Nothing of this name is taken here.',
    }))
  }
  const isWholeMissing = path.length === 0 && keyword === 'invalid_type'
  return [{ path: path.join('.'), message: isWholeMissing ? 'Send a JSON object.' : message }]
}

/** RFC 6750: says whether it is the token that is at fault. */
function challenge({ headers }: FastifyRequest): string {
  const isGiven = headers.authorization?.toLowerCase().startsWith('bearer')
  return `Bearer realm="Polldock"${isGiven ? ', error="invalid_token"' : ''}`
}
