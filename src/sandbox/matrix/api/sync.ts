import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Homeserver } from '../homeserver.ts'
import { internalError, MatrixError, notFound } from '../matrix-error.ts'
import { jsonBody } from '../request/json-body.ts'
import { positionIn, tokenAfter } from '../request/paging.ts'
import { type Requester, text } from '../request/requester.ts'
import { type Content, isObject, type RoomEvent } from '../room/event.ts'
import { stripped } from '../room/member.ts'
import type { Room } from '../room/room.ts'
import { stateAfter, visibleTo } from '../room/visible.ts'
import type { MatrixParts } from './api-parts.ts'
import { clientEvent } from './representation.ts'

const defaultTimelineLimit = 10
const maxTimelineLimit = 100
const maxWaitMs = 30_000
const maxWaiting = 1_000
const maxFilters = 1_000

/** What happened since a token, for simple clients: rooms and invitations, no presence, receipts or keys. */
export async function sync(app: FastifyInstance, { homeserver, requester }: MatrixParts): Promise<void> {
  const closing = new AbortController()
  const filters = new LRUCache<string, Content>({ max: maxFilters })
  let waiting = 0
  let lastFilter = 0
  app.addHook('preClose', async () => closing.abort())

  app.get('/_matrix/client/v3/sync', async (request) => {
    const own = requester(request)
    if (own.userId === homeserver.botId) throw internalError()
    const since = text(request.query, 'since')
    const position = since === undefined ? undefined : positionIn(since)
    const limit = timelineLimit(filterOf(text(request.query, 'filter')))
    const now = changesSince(homeserver, own, position, limit)
    const ms = Math.min(Number(text(request.query, 'timeout') ?? 0) || 0, maxWaitMs)
    if (position === undefined || ms === 0 || !isEmpty(now)) return now
    if (waiting >= maxWaiting) throw new MatrixError(503, 'M_UNKNOWN', 'Too many waiting requests')
    waiting++
    await nextEventFor(own.userId, ms).finally(() => waiting--)
    return changesSince(homeserver, own, position, limit)
  })

  app.post('/_matrix/client/v3/user/:user/filter', async (request) => {
    requester(request)
    const id = String(++lastFilter)
    filters.set(id, jsonBody(request))
    return { filter_id: id }
  })
  app.get<{ Params: { filter: string } }>('/_matrix/client/v3/user/:user/filter/:filter', async (request) => {
    requester(request)
    return filterOf(request.params.filter)
  })
  app.get('/_matrix/client/v3/pushrules/', async () => ({ global: {} }))
  app.get('/_matrix/client/v3/voip/turnServer', async () => ({}))
  app.get('/_matrix/client/v3/capabilities', async () => ({ capabilities: {} }))

  /** A filter by its id, or given as JSON. */
  function filterOf(filter = '{}'): Content {
    const found = filter.startsWith('{') ? parsed(filter) : filters.get(filter)
    if (found) return found
    throw notFound('No such filter')
  }

  function nextEventFor(userId: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const isFor = (event: RoomEvent, room: Room) => room.membership(userId) === 'join' || event.stateKey === userId
      const unsubscribe = homeserver.onEvent((event, room) => isFor(event, room) && done())
      const timer = setTimeout(done, ms)
      closing.signal.addEventListener('abort', done)
      function done(): void {
        unsubscribe()
        clearTimeout(timer)
        closing.signal.removeEventListener('abort', done)
        resolve()
      }
    })
  }
}

type Changes = { next_batch: string; rooms: Record<'join' | 'invite' | 'leave', Record<string, Content>> }

function changesSince(homeserver: Homeserver, own: Requester, since: number | undefined, limit: number): Changes {
  const rooms: Changes['rooms'] = { join: {}, invite: {}, leave: {} }
  for (const room of homeserver.rooms.values()) {
    const member = room.state('m.room.member', own.userId)
    const isNews = member !== undefined && member.position > (since ?? 0)
    if (!member) continue
    if (member.content.membership === 'join') {
      const joined = joinedRoom(homeserver, room, own, since, limit)
      if (joined) rooms.join[room.id] = joined
    } else if (member.content.membership === 'invite') {
      const events = [...(member.inviteState ?? []), stripped(member)]
      if (isNews) rooms.invite[room.id] = { invite_state: { events } }
    } else if (isNews && since !== undefined) {
      const left = joinedRoom(homeserver, room, own, since, limit)
      if (left) rooms.leave[room.id] = left
    }
  }
  return { next_batch: `s${homeserver.position}`, rooms }
}

function joinedRoom(
  homeserver: Homeserver,
  room: Room,
  own: Requester,
  since: number | undefined,
  limit: number,
): Content | undefined {
  const events = visibleTo(room, own.userId) ?? []
  const from = since !== undefined && wasInAt(room, own.userId, since) ? since : 0
  const all = events.filter(({ position }) => position > from)
  if (all.length === 0) return
  const shown = limit === 0 ? [] : all.slice(-limit)
  const first = shown[0]?.position ?? homeserver.position + 1
  const stateBefore = stateAfter(events.filter(({ position }) => position < first))
  const show = (event: RoomEvent) => clientEvent(homeserver, room, event, own)
  return {
    timeline: { events: shown.map(show), limited: shown.length < all.length, prev_batch: tokenAfter(first - 1) },
    state: { events: stateBefore.filter(({ position }) => position > from).map(show) },
    ephemeral: { events: [] },
    account_data: { events: [] },
    unread_notifications: { notification_count: 0, highlight_count: 0 },
    summary: { 'm.joined_member_count': room.members().length },
  }
}

function wasInAt(room: Room, userId: string, position: number): boolean {
  const changes = room.timeline.filter(({ type, stateKey }) => type === 'm.room.member' && stateKey === userId)
  return changes.findLast((change) => change.position <= position)?.content.membership === 'join'
}

function isEmpty({ rooms }: Changes): boolean {
  return Object.values(rooms).every((some) => Object.keys(some).length === 0)
}

function timelineLimit({ room }: Content): number {
  const limit = isObject(room) && isObject(room.timeline) ? room.timeline.limit : undefined
  return typeof limit === 'number' ? Math.min(limit, maxTimelineLimit) : defaultTimelineLimit
}

function parsed(json: string): Content | undefined {
  try {
    const value: unknown = JSON.parse(json)
    if (isObject(value)) return value
  } catch {}
  throw new MatrixError(400, 'M_NOT_JSON', 'Invalid filter JSON')
}
