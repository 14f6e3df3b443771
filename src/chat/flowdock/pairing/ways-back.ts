import { flowdockChat } from '../ids.ts'
import { addressOf, pollIn } from '../paths.ts'
import type { PairingOptions } from './pairing-options.ts'

/** A link back to Flowdock: to the thread of the poll, or only to its room. */
export type WayBack = { room: string; href: string; isThread: boolean }

const maxRooms = 5
/** Pages of threads that are searched in each room. */
const maxPages = 3
/** For all requests together, in milliseconds: the person is waiting. */
const timeoutMs = 3_000

/**
 * Where a person who clicked in a thread came from. The request of a click names no thread, so this looks in each room
 * of the poll, in the name of this person, for the thread with the poll's URL. Flowdock documents the `web_url` of a
 * flow, but no URL of a thread: `…/threads/:id` is how its web client did it.
 *
 * @returns the rooms if no thread is found
 */
export async function waysBack(
  { services, calls }: PairingOptions<'connections'>,
  accessToken: string,
  pollId: string,
): Promise<WayBack[]> {
  const mirroring = await services.connections.mirroring(flowdockChat, pollId)
  const rooms = mirroring.flatMap(({ roomName: room, roomUrl, address }) =>
    roomUrl && /^https?:\/\//i.test(roomUrl) ? [{ room, href: roomUrl, address }] : [],
  )
  // Several connections may be in one room.
  const places = [...new Map(rooms.map((room) => [room.href, room])).values()].slice(0, maxRooms)
  const signal = AbortSignal.timeout(timeoutMs)
  const found = places.map(async ({ room, href, address }): Promise<WayBack[]> => {
    const { flowPath } = addressOf({ address })
    const id = await threadOf(calls, { accessToken, flowPath, signal }, pollId)
    return id === undefined ? [] : [{ room, href: `${href.replace(/\/$/, '')}/threads/${id}`, isThread: true }]
  })
  const threads = (await Promise.all(found.map((one) => one.catch(() => [])))).flat()
  return threads.length > 0 ? threads : places.map(({ room, href }) => ({ room, href, isThread: false }))
}

type Search = { accessToken: string; flowPath: string; signal: AbortSignal }

/** The id of the poll's thread, among those that were updated last. */
async function threadOf(
  calls: PairingOptions['calls'],
  { accessToken, flowPath, signal }: Search,
  pollId: string,
): Promise<string | undefined> {
  let until: string | undefined
  for (let page = 1; page <= maxPages; page += 1) {
    const threads = await calls.threads(accessToken, flowPath, { until, signal })
    const thread = threads.find(({ external_url: url }) => pollIn(url ?? '') === pollId)
    if (thread) return thread.id
    const last = threads.at(-1)?.updated_at
    if (!last || last === until) return undefined
    until = last
  }
  return undefined
}
