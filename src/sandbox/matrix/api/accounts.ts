import type { FastifyInstance } from 'fastify'
import type { Homeserver, Profile } from '../homeserver.ts'
import { badRequest, internalError, MatrixError, notFound } from '../matrix-error.ts'
import { jsonBody, optionalBody, textField } from '../request/json-body.ts'
import { updateProfileIn } from '../room/member.ts'
import type { MatrixParts } from './api-parts.ts'

const maxNameLength = 256

type UserPath = { Params: { user: string } }

/** Versions, and the accounts of users: devices and profiles. */
export async function accounts(app: FastifyInstance, { homeserver, limits, requester }: MatrixParts): Promise<void> {
  app.get('/_matrix/client/versions', async () => ({ versions, unstable_features: {} }))

  app.get('/_matrix/client/v3/account/whoami', async (request) => {
    const { userId, deviceId } = requester(request)
    return { user_id: userId, is_guest: false, ...(deviceId !== undefined && { device_id: deviceId }) }
  })

  app.get('/_matrix/client/v3/devices', async (request) => {
    const { userId } = requester(request)
    const devices = [...(homeserver.accounts.get(userId)?.devices ?? [])]
    return {
      devices: devices.map(([id, { displayName }]) => ({
        ...{ user_id: userId, device_id: id, display_name: displayName ?? null },
        ...{ last_seen_ts: null, last_seen_ip: null },
      })),
    }
  })

  app.put<{ Params: { device: string } }>('/_matrix/client/v3/devices/:device', async (request, reply) => {
    const { userId, isAppService } = requester(request)
    const { display_name: name } = optionalBody(request)
    const account = homeserver.accounts.get(userId)
    if (!account) throw internalError()
    const { device } = request.params
    if (!isAppService && !account.devices.has(device)) throw notFound('No device found')
    const isNew = homeserver.setDevice(account, device, typeof name === 'string' ? name : undefined)
    return reply.code(isNew ? 201 : 200).send({})
  })

  app.get<UserPath>('/_matrix/client/v3/profile/:user', async ({ params }) => profile(homeserver, params.user))

  app.put<UserPath>('/_matrix/client/v3/profile/:user/displayname', async (request) => {
    const name = textField(jsonBody(request), 'displayname')
    if (name.length > maxNameLength) throw badRequest(`Displayname is too long (max ${maxNameLength})`)
    const own = requester(request)
    mustBeOwn(own.userId, request.params.user, 'displayname')
    limits.take(own)
    changeProfile(homeserver, own.userId, { displayName: name || undefined })
    return {}
  })

  app.put<UserPath>('/_matrix/client/v3/profile/:user/avatar_url', async (request) => {
    const url = textField(jsonBody(request), 'avatar_url')
    const own = requester(request)
    mustBeOwn(own.userId, request.params.user, 'avatar_url')
    limits.take(own)
    changeProfile(homeserver, own.userId, { avatarUrl: url || undefined })
    return {}
  })
}

const versions = ['r0.6.1', ...Array.from({ length: 15 }, (_, index) => `v1.${index + 1}`)]

function profile({ profiles }: Homeserver, userId: string) {
  const found = profiles.get(userId)
  if (!found) throw new MatrixError(404, 'M_UNKNOWN', 'No row found (profiles)')
  const { displayName, avatarUrl } = found
  return { ...(displayName && { displayname: displayName }), ...(avatarUrl && { avatar_url: avatarUrl }) }
}

function mustBeOwn(ownId: string, userId: string, what: string): void {
  if (ownId !== userId) throw new MatrixError(400, 'M_FORBIDDEN', `Cannot set another user's ${what}`)
}

function changeProfile(homeserver: Homeserver, userId: string, change: Profile): void {
  homeserver.profiles.set(userId, { ...homeserver.profiles.get(userId), ...change })
  for (const room of homeserver.rooms.values()) updateProfileIn(homeserver, room, userId)
}
