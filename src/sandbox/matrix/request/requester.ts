import type { FastifyRequest } from 'fastify'
import type { Homeserver } from '../homeserver.ts'
import { forbidden, internalError, MatrixError } from '../matrix-error.ts'

/** Who sends a request. */
export type Requester = {
  userId: string
  /** Of an application service, only if it names one. */
  deviceId: string | undefined
  isAppService: boolean
}

/** Reads the access token, and for whom the application service speaks. */
export function readRequester(homeserver: Homeserver, request: FastifyRequest): Requester {
  const token = accessToken(request)
  if (token === undefined) throw new MatrixError(401, 'M_MISSING_TOKEN', 'Missing access token')
  if (token === homeserver.registration.as_token) return appService(homeserver, request)
  const owner = homeserver.tokenOwner(token)
  if (owner) return { ...owner, isAppService: false }
  throw new MatrixError(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.', { soft_logout: false })
}

function accessToken({ headers, query }: FastifyRequest): string | undefined {
  const [scheme, token] = (headers.authorization ?? '').split(' ')
  if (scheme === 'Bearer' && token) return token
  return text(query, 'access_token')
}

function appService(homeserver: Homeserver, { query }: FastifyRequest): Requester {
  const named = text(query, 'user_id')
  const deviceId = text(query, 'device_id')
  const { botId } = homeserver
  // Synapse fails at a device without a user.
  if (named === undefined && deviceId !== undefined) throw internalError()
  const userId = named ?? botId
  if (!homeserver.isOfAppService(userId)) {
    throw forbidden(`Application service cannot masquerade as this user (${userId}).`)
  }
  const account = homeserver.accounts.get(userId)
  if (!account && userId !== botId) {
    throw forbidden(`Application service has not registered this user (${userId})`)
  }
  if (deviceId !== undefined && !account?.devices.has(deviceId)) {
    const message = `Application service trying to use a device that doesn't exist ('${deviceId}' for ${userId})`
    throw new MatrixError(400, 'M_UNKNOWN_DEVICE', message)
  }
  return { userId, deviceId, isAppService: true }
}

/** A parameter of the query. */
export function text(query: unknown, name: string): string | undefined {
  const { [name]: value } = query as Record<string, unknown>
  return typeof value === 'string' ? value : undefined
}
