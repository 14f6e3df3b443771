import type { FastifyInstance, FastifyRequest } from 'fastify'
import { badJson, MatrixError } from '../matrix-error.ts'
import { jsonBody, optionalBody } from '../request/json-body.ts'
import { type Requester, text } from '../request/requester.ts'
import { type RoomPath, roomOf } from '../request/room-path.ts'
import type { Content } from '../room/event.ts'
import { sendEvent, sendState } from '../room/send-event.ts'
import type { MatrixParts } from './api-parts.ts'

type SendPath = { Params: { room: string; type: string; txn: string } }
type RedactPath = { Params: { room: string; event: string; txn: string } }
type StatePath = { Params: { room: string; type: string; '*'?: string } }

/** Sends events, changes state, and redacts. */
export async function sending(app: FastifyInstance, parts: MatrixParts): Promise<void> {
  const { homeserver, limits, requester } = parts

  app.put<SendPath>('/_matrix/client/v3/rooms/:room/send/:type/:txn', async (request) => {
    const own = requester(request)
    const { type, txn } = request.params
    return once(request, own, txn, () => send(request, own, type, jsonBody(request), txn))
  })

  app.put<RedactPath>('/_matrix/client/v3/rooms/:room/redact/:event/:txn', async (request) => {
    const own = requester(request)
    const { event, txn } = request.params
    return once(request, own, txn, () => {
      const content = { ...optionalBody(request), redacts: event }
      return send(request, own, 'm.room.redaction', content, txn)
    })
  })

  app.put<StatePath>('/_matrix/client/v3/rooms/:room/state/:type', async (request) => changeState(request, ''))
  app.put<StatePath>('/_matrix/client/v3/rooms/:room/state/:type/*', async (request) =>
    changeState(request, request.params['*'] ?? ''),
  )

  function once(request: FastifyRequest<RoomPath>, own: Requester, txnId: string, act: () => string) {
    const path = request.url.split('?', 1)[0] ?? ''
    const sentAs = { path, roomId: request.params.room, txnId }
    return { event_id: parts.transactions.once(own, sentAs, act) }
  }

  function send(request: FastifyRequest<RoomPath>, own: Requester, type: string, content: Content, txnId: string) {
    const at = timestamp(request, own)
    limits.take(own)
    const room = roomOf(homeserver, request, own)
    const transaction = { id: txnId, deviceId: own.deviceId }
    return sendEvent(homeserver, room, { sender: own.userId, type, content, at, transaction }).id
  }

  function changeState(request: FastifyRequest<StatePath>, stateKey: string) {
    const own = requester(request)
    const content = jsonBody(request)
    const at = timestamp(request, own)
    limits.take(own)
    const room = roomOf(homeserver, request, own)
    const { type } = request.params
    if (type === 'm.room.member')
      throw new MatrixError(400, 'M_UNRECOGNIZED', 'Use /join, /invite, /leave, /kick or /ban')
    return { event_id: sendState(homeserver, room, { sender: own.userId, type, stateKey, content, at }).id }
  }
}

/** Only an application service sets the time of its events. */
function timestamp({ query }: FastifyRequest, { isAppService }: Requester): number | undefined {
  const ts = text(query, 'ts')
  if (ts === undefined || !isAppService) return
  if (!/^-?\d+$/.test(ts)) throw invalid('Query parameter ts must be an integer')
  if (ts.startsWith('-')) throw invalid('Query parameter ts must be a positive integer.')
  if (!Number.isSafeInteger(Number(ts))) throw badJson('JSON integer out of range')
  return Number(ts)
}

function invalid(message: string): MatrixError {
  return new MatrixError(400, 'M_INVALID_PARAM', message)
}
