import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify'
import { MatrixError } from '../matrix-error.ts'
import { takeBodies } from '../request/json-body.ts'
import { accounts } from './accounts.ts'
import type { MatrixParts } from './api-parts.ts'
import { appServiceRoutes } from './app-service-routes.ts'
import { members } from './members.ts'
import { reading } from './reading.ts'
import { relations } from './relations.ts'
import { rooms } from './rooms.ts'
import { sending } from './sending.ts'
import { sync } from './sync.ts'

/** The client-server API, as far as an application service and a simple client need it. */
export async function matrixApi(app: FastifyInstance, parts: MatrixParts): Promise<void> {
  takeBodies(app)
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof MatrixError) return sendError(reply, error)
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error({ err: error }, 'The Matrix stand-in failed')
    const errcode = status === 413 ? 'M_TOO_LARGE' : 'M_UNKNOWN'
    return reply.code(status).send({ errcode, error: status < 500 ? error.message : 'Internal server error' })
  })
  const resources: FastifyPluginAsync<MatrixParts>[] = [
    accounts,
    appServiceRoutes,
    rooms,
    members,
    sending,
    reading,
    relations,
    sync,
  ]
  app.all('/_matrix/*', unrecognized)
  for (const resource of resources) await app.register(resource, parts)
}

/** The answer for a path or method that does not exist. */
export function unrecognized(_request: unknown, reply: FastifyReply): FastifyReply {
  return sendError(reply, new MatrixError(404, 'M_UNRECOGNIZED', 'Unrecognized request'))
}

export function sendError(reply: FastifyReply, { status, errcode, message, extra }: MatrixError): FastifyReply {
  const { retry_after_ms: ms } = extra
  if (typeof ms === 'number') reply.header('retry-after', Math.ceil(ms / 1_000))
  return reply.code(status).send({ errcode, error: message, ...extra })
}
