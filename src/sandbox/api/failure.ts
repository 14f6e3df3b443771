import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The errors of each input field, such as `{ title: ["can't be blank"] }`. */
export type FieldErrors = Record<string, string[]>

/** An error response. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly status: number
  readonly errors: FieldErrors | undefined

  constructor(status: number, message: string, errors?: FieldErrors) {
    super(message)
    this.status = status
    this.errors = errors
  }
}

export const blank = "can't be blank"
export const invalid = 'is invalid'

/** The documented shape of a response to invalid input. */
export function validationError(errors: FieldErrors): Failure {
  return new Failure(400, 'Validation error', errors)
}

export function notFound(what: string): Failure {
  return new Failure(404, `There is no such ${what}.`)
}

export function forbidden(message: string): Failure {
  return new Failure(403, message)
}

export function onlyAdministrators(): Failure {
  return forbidden('Only an administrator of the organization can do this.')
}

/** Answers every error in JSON. */
export function failures(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof Failure) return sendFailure(reply, error)
    const status = error.statusCode ?? 500
    if (status < 500) return reply.code(status).send({ message: error.message })
    request.log.error({ err: error }, 'The sandbox failed')
    return reply.code(500).send({ message: 'The sandbox failed.' })
  })
}

export function unknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.originalUrl.split('?', 1)[0]
  return reply.code(404).send({ message: `There is no ${request.method} ${path} here.` })
}

function sendFailure(reply: FastifyReply, { status, message, errors }: Failure): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Basic realm="Flowdock", Bearer realm="Flowdock"')
  return reply.code(status).send(errors ? { message, errors } : { message })
}
