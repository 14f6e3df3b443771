import { MatrixError } from '../matrix-error.ts'
import { text } from '../request/requester.ts'
import type { RoomEvent } from '../room/event.ts'

/** A page is smaller than this, whatever the client asks for. */
const maxLimit = 1_000

/** The token of the place behind the event at this position. */
export function tokenAfter(position: number): string {
  return `t${position}`
}

/** The position in a token of a page or of `/sync`. */
export function positionIn(token: string): number {
  const [, position] = /^[st](\d+)$/.exec(token) ?? []
  if (position !== undefined) return Number(position)
  throw new MatrixError(400, 'M_UNKNOWN', 'Invalid token')
}

export function limitOf(query: unknown, byDefault: number): number {
  const limit = Number(text(query, 'limit') ?? byDefault)
  if (Number.isInteger(limit) && limit >= 0) return Math.min(limit, maxLimit)
  throw new MatrixError(400, 'M_INVALID_PARAM', 'Query parameter limit must be an integer')
}

/** The events from a place on: forward in their order, else newest first. */
export function eventsFrom(
  events: readonly RoomEvent[],
  { isForward, position }: { isForward: boolean; position: number },
): RoomEvent[] {
  if (isForward) return events.filter((event) => event.position > position)
  return events.filter((event) => event.position <= position).reverse()
}

export function pageOf(
  events: readonly RoomEvent[],
  { isForward, from, limit }: { isForward: boolean; from: string | undefined; limit: number },
) {
  const position = from === undefined ? (isForward ? 0 : (events.at(-1)?.position ?? 0)) : positionIn(from)
  const all = eventsFrom(events, { isForward, position })
  const page = all.slice(0, limit)
  const last = page.at(-1)?.position ?? position
  return {
    page,
    isLast: page.length === all.length,
    start: tokenAfter(position),
    end: tokenAfter(isForward ? last : last - 1),
  }
}
