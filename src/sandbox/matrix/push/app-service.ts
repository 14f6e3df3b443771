import type { Homeserver } from '../homeserver.ts'
import { MatrixError } from '../matrix-error.ts'
import type { Registration } from '../registration.ts'
import type { RoomEvent } from '../room/event.ts'
import type { Room } from '../room/room.ts'
import { pushedEvent } from './pushed-event.ts'
import type { Send } from './pusher.ts'

const transactionTimeoutMs = 60_000

/** Whether the event is pushed: it concerns the application service's users, or a room that one of them is in. */
export function isPushed(homeserver: Homeserver, room: Room, { sender, type, stateKey }: RoomEvent): boolean {
  const isOurs = (userId: string) => homeserver.isOfAppService(userId)
  return isOurs(sender) || (type === 'm.room.member' && isOurs(stateKey ?? '')) || room.members().some(isOurs)
}

/** Sends transactions to the application service. Without a URL they count as sent. */
export function transactionSender(registration: Registration, clock: () => number): Send {
  return async ({ id, events }, signal) => {
    if (registration.url === null) return true
    const body = { events: events.map((event) => pushedEvent(event, clock())) }
    try {
      const url = `${baseUrl(registration.url)}/_matrix/app/v1/transactions/${id}`
      const limits = AbortSignal.any([signal, AbortSignal.timeout(transactionTimeoutMs)])
      return (await call(registration, 'PUT', url, body, limits)) === 200
    } catch {
      return false
    }
  }
}

/** Calls the application service. The milliseconds that it took. */
export async function ping(registration: Registration, transactionId: unknown): Promise<number> {
  if (registration.url === null)
    throw new MatrixError(400, 'M_URL_NOT_SET', 'The application service does not have a URL set')
  const started = performance.now()
  const url = `${baseUrl(registration.url)}/_matrix/app/v1/ping`
  const body = transactionId === undefined ? {} : { transaction_id: transactionId }
  const status = await call(registration, 'POST', url, body, AbortSignal.timeout(transactionTimeoutMs)).catch(() => {
    throw new MatrixError(502, 'M_CONNECTION_FAILED', 'Failed to connect to the application service')
  })
  if (status === 200) return Math.round(performance.now() - started)
  throw new MatrixError(502, 'M_BAD_STATUS', `HTTP ${status}`, { status })
}

function baseUrl(url: string): string {
  return url.replace(/\/$/, '')
}

async function call({ hs_token }: Registration, method: string, url: string, body: unknown, signal: AbortSignal) {
  const headers = { authorization: `Bearer ${hs_token}`, 'content-type': 'application/json' }
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body), signal, redirect: 'manual' })
  await answer.body?.cancel()
  return answer.status
}
