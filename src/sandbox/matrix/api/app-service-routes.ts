import type { FastifyInstance } from 'fastify'
import { forbidden, MatrixError } from '../matrix-error.ts'
import { ping } from '../push/app-service.ts'
import { jsonBody, optionalBody, textField } from '../request/json-body.ts'
import type { MatrixParts } from './api-parts.ts'

/** What only an application service may do: register its users, and be pinged. */
export async function appServiceRoutes(app: FastifyInstance, parts: MatrixParts): Promise<void> {
  const { homeserver, pusher, requester } = parts
  const { registration } = homeserver

  app.post('/_matrix/client/v3/register', async (request) => {
    const body = jsonBody(request)
    if (!request.headers.authorization) throw forbidden('Registration has been disabled')
    const { isAppService } = requester(request)
    if (!isAppService || body.type !== 'm.login.application_service') {
      const type = 'except if type is m.login.application_service'
      const message = `An access token should not be provided on requests to /register (${type})`
      throw new MatrixError(400, 'M_UNKNOWN', message)
    }
    const localpart = textField(body, 'username')
    if (!homeserver.isOfAppService(homeserver.userId(localpart))) {
      throw new MatrixError(400, 'M_EXCLUSIVE', 'Invalid user localpart for this application service.')
    }
    const account = homeserver.register(localpart)
    const answer = { user_id: account.id, home_server: homeserver.serverName }
    if (body.inhibit_login === true) return answer
    const { token, deviceId } = homeserver.login(account)
    return { ...answer, access_token: token, device_id: deviceId }
  })

  app.post<{ Params: { id: string } }>('/_matrix/client/v1/appservice/:id/ping', async (request) => {
    if (!requester(request).isAppService) {
      throw forbidden('Only application services can use the /appservice/ping endpoint')
    }
    if (request.params.id !== registration.id) throw forbidden('Mismatching application service ID in path')
    const ms = await ping(registration, optionalBody(request).transaction_id)
    pusher.retryNow()
    return { duration_ms: ms }
  })
}
