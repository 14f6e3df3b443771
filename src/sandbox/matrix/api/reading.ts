import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MatrixError, notFound } from '../matrix-error.ts'
import { eventsFrom, limitOf, pageOf, tokenAfter } from '../request/paging.ts'
import { text } from '../request/requester.ts'
import { type RoomPath, readableRoom } from '../request/room-path.ts'
import { isObject, type RoomEvent } from '../room/event.ts'
import { stateAfter } from '../room/visible.ts'
import type { MatrixParts } from './api-parts.ts'
import { clientEvent } from './representation.ts'

type EventPath = { Params: { room: string; event: string } }

/** The history of a room. */
export async function reading(app: FastifyInstance, { homeserver, requester }: MatrixParts): Promise<void> {
  app.get<EventPath>('/_matrix/client/v3/rooms/:room/event/:event', async (request) => {
    const { room, events, shown } = readable(request)
    return shown(one(events, request.params.event ?? '', room.id))
  })

  app.get<RoomPath>('/_matrix/client/v3/rooms/:room/messages', async (request) => {
    const { events, shown } = readable(request)
    const { query } = request
    const isForward = text(query, 'dir') !== 'b'
    const wanted = filtered(events, text(query, 'filter'))
    const { page, start, end } = pageOf(wanted, { isForward, from: text(query, 'from'), limit: limitOf(query, 10) })
    return { chunk: page.map(shown), start, ...(page.length > 0 && { end }) }
  })

  app.get<EventPath>('/_matrix/client/v3/rooms/:room/context/:event', async (request) => {
    const { room, events, shown } = readable(request)
    const event = one(events, request.params.event ?? '', room.id)
    const limit = limitOf(request.query, 10)
    const [before, after] = [Math.floor(limit / 2), Math.ceil(limit / 2)]
    const earlier = eventsFrom(events, { isForward: false, position: event.position - 1 }).slice(0, before)
    const later = eventsFrom(events, { isForward: true, position: event.position }).slice(0, after)
    return {
      events_before: earlier.map(shown),
      event: shown(event),
      events_after: later.map(shown),
      state: stateAfter(events.filter(({ position }) => position <= (later.at(-1) ?? event).position)).map(shown),
      start: tokenAfter((earlier.at(-1) ?? event).position - 1),
      end: tokenAfter((later.at(-1) ?? event).position),
    }
  })

  function readable(request: FastifyRequest<{ Params: { room: string; event?: string } }>) {
    const own = requester(request)
    const { room, events } = readableRoom(homeserver, request, own)
    return { room, events, shown: (event: RoomEvent) => clientEvent(homeserver, room, event, own) }
  }
}

function one(events: RoomEvent[], id: string, roomId: string): RoomEvent {
  const event = events.find((each) => each.id === id)
  if (event?.roomId === roomId) return event
  throw notFound('Event not found.')
}

/** Only the types and senders of the filter. */
function filtered(events: RoomEvent[], json: string | undefined): RoomEvent[] {
  if (json === undefined) return events
  const { types, not_types: not, senders } = filterIn(json)
  return events.filter(
    ({ type, sender }) =>
      (!Array.isArray(types) || types.includes(type)) &&
      !(Array.isArray(not) && not.includes(type)) &&
      (!Array.isArray(senders) || senders.includes(sender)),
  )
}

function filterIn(json: string): Record<string, unknown> {
  try {
    const filter: unknown = JSON.parse(json)
    if (isObject(filter)) return filter
  } catch {}
  throw new MatrixError(400, 'M_NOT_JSON', 'filter: Not a JSON object')
}
