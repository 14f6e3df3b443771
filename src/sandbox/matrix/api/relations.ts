import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MatrixError } from '../matrix-error.ts'
import { limitOf, pageOf } from '../request/paging.ts'
import { text } from '../request/requester.ts'
import { readableRoom } from '../request/room-path.ts'
import { relationOf } from '../room/event.ts'
import type { MatrixParts } from './api-parts.ts'
import { clientEvent } from './representation.ts'

type RelationsPath = { Params: { room: string; event: string; relation?: string; type?: string } }

const path = '/rooms/:room/relations/:event'
const defaultLimit = 5

/** The events that refer to an event, newest first. */
export async function relations(app: FastifyInstance, { homeserver, requester }: MatrixParts): Promise<void> {
  for (const version of ['v1', 'unstable']) {
    for (const rest of ['', '/:relation', '/:relation/:type']) {
      app.get<RelationsPath>(`/_matrix/client/${version}${path}${rest}`, async (request) => list(request))
    }
  }

  function list(request: FastifyRequest<RelationsPath>) {
    const own = requester(request)
    const { room, events } = readableRoom(homeserver, request, own)
    const { event: id, relation, type } = request.params
    if (!room.event(id)) throw new MatrixError(404, 'M_UNKNOWN', 'Unknown parent event.')
    const related = room.related(id).filter((event) => {
      return (
        (relation ?? relationOf(event.content)?.type) === relationOf(event.content)?.type &&
        (type ?? event.type) === event.type
      )
    })
    const readable = new Set(events)
    const { query } = request
    const { page, end, isLast } = pageOf(
      related.filter((event) => readable.has(event)),
      { isForward: text(query, 'dir') === 'f', from: text(query, 'from'), limit: limitOf(query, defaultLimit) },
    )
    return {
      chunk: page.map((event) => clientEvent(homeserver, room, event, own)),
      ...(!isLast && { next_batch: end }),
    }
  }
}
