import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from './failure.ts'

/** Answers whatever goes wrong in JSON. */
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
  const path = request.url.split('?', 1)[0]
  return reply.code(404).send({ message: `There is no ${request.method} ${path} here.` })
}

function sendFailure(reply: FastifyReply, { status, message, errors }: Failure): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Basic realm="Flowdock", Bearer realm="Flowdock"')
  return reply.code(status).send(errors ? { message, errors } : { message })
}
