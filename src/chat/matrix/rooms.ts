import { z } from 'zod'
import { at, type Homeserver, MatrixError, type MatrixRequest } from './homeserver.ts'
import { eventId, roomId, userId } from './ids.ts'
import type { MatrixUsers } from './users.ts'

/** An event to send. The same `txnId` in the same room, from the same account, is the same event. */
export type NewEvent = {
  room: string
  /** `m.room.message` by default. */
  type?: string
  content: object
  txnId: string
  /** A ghost; the bot by default. */
  sender?: string
  /** The display name of a new ghost. */
  senderName?: string
  /** `origin_server_ts`, in milliseconds since the epoch; now by default. */
  ts?: number
}

export type RoomPage = { events: RoomEvent[]; end: string | undefined }

/** An event as it is read from a room. */
export type RoomEvent = z.output<typeof roomEvent>

/**
 * What the bot may do in a room: `left` after it was kicked or has left, `replaced` after an upgrade of the room.
 * `unknown`: it is not in the room, and may not know why.
 */
export type Standing = 'joined' | 'left' | 'replaced' | 'unknown'

const member = z.object({ membership: z.string(), displayname: z.string().optional().catch(undefined) })
const sent = z.object({ event_id: eventId })
const made = z.object({ room_id: roomId })
const joinedRooms = z.object({ joined_rooms: z.array(roomId) })
const profile = z.object({ display_name: z.string().nullish().catch(null) }).catch({})
const members = z.object({ joined: z.record(userId, profile) })
const roomEvent = z.object({
  event_id: eventId,
  type: z.string(),
  sender: z.string(),
  origin_server_ts: z.number(),
  state_key: z.string().optional(),
  redacts: z.string().optional(),
  content: z.record(z.string(), z.unknown()),
  /** Of state, what it was before. Of an event that was redacted, by whom. With its edit, if its sender has edited it. */
  unsigned: z
    .object({
      prev_content: z.record(z.string(), z.unknown()).optional(),
      redacted_because: z.object({ sender: z.string() }).optional().catch(undefined),
      'm.relations': z.object({ 'm.replace': z.unknown() }).partial().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
})
const creation = z.object({
  sender: userId,
  content: z.object({ room_version: z.string(), additional_creators: z.array(userId).catch([]).default([]) }),
})
const replacement = z.object({ predecessor: z.object({ room_id: roomId }) })
/** The version of rooms since which creators have power without limit. */
const creatorsSince = 12
/** Events of another form are left out. */
const events = z.array(z.unknown()).transform((all) => all.flatMap((event) => roomEvent.safeParse(event).data ?? []))
const page = z.object({ chunk: events, end: z.string().optional(), next_batch: z.string().optional() })

const maxPageBytes = 16 * 1_048_576

/** What the bot and the ghosts do in rooms. Every method throws a `MatrixError` or a `NetworkError`. */
export class MatrixRooms {
  readonly #homeserver: Homeserver
  readonly #users: MatrixUsers

  constructor(homeserver: Homeserver, users: MatrixUsers) {
    this.#homeserver = homeserver
    this.#users = users
  }

  /** @returns the event's id */
  async send(event: NewEvent, signal?: AbortSignal): Promise<string> {
    const { room, type = 'm.room.message', content, txnId, sender = this.#users.bot, senderName, ts } = event
    const path = at`client/v3/rooms/${room}/send/${type}/${txnId}`
    const put = (query: Record<string, string>) =>
      this.#homeserver.send(
        { method: 'PUT', path, query: { ...query, ...(ts !== undefined && { ts }) }, body: content, signal },
        sent,
      )
    return (await this.#users.acting({ account: sender, name: senderName, signal }, put)).event_id
  }

  /**
   * Empties an event for good. Redacting it again changes nothing. An event that the homeserver does not know, such as after it
   * was restored from a backup, needs no redaction.
   *
   * @param account who does it; the bot by default
   */
  async redact(
    room: string,
    event: string,
    txnId: string,
    signal?: AbortSignal,
    account = this.#users.bot,
  ): Promise<void> {
    const path = at`client/v3/rooms/${room}/redact/${event}/${txnId}`
    try {
      await this.#users.acting({ account, signal }, (query) =>
        this.#homeserver.send({ method: 'PUT', path, query, body: {}, signal }),
      )
    } catch (error) {
      if (!(error instanceof MatrixError && error.answer.errcode === 'M_NOT_FOUND')) throw error
    }
  }

  /**
   * An event as it is now, without content once it is redacted; undefined if the bot cannot see it. The homeserver also names
   * every event that refers to it.
   */
  async event(room: string, event: string, signal?: AbortSignal): Promise<RoomEvent | undefined> {
    const request = { maxBytes: maxPageBytes, signal }
    try {
      return await this.#asBot('GET', at`client/v3/rooms/${room}/event/${event}`, request, roomEvent)
    } catch (error) {
      if (error instanceof MatrixError && error.answer.status === 404) return undefined
      throw error
    }
  }

  async invite(room: string, account: string, signal?: AbortSignal): Promise<void> {
    const body = { user_id: account }
    await this.#asBot('POST', at`client/v3/rooms/${room}/invite`, { body, signal })
  }

  /** @param account a ghost that is registered; the bot by default */
  async join(room: string, signal?: AbortSignal, account = this.#users.bot): Promise<void> {
    await this.#homeserver.send({ method: 'POST', path: at`client/v3/join/${room}`, as: account, body: {}, signal })
  }

  /** @param account a ghost; the bot by default */
  async leave(room: string, signal?: AbortSignal, account = this.#users.bot): Promise<void> {
    const path = at`client/v3/rooms/${room}/leave`
    await this.#homeserver.send({ method: 'POST', path, as: account, body: {}, signal })
  }

  /** @returns the room's id */
  async createDirectRoom(account: string, signal?: AbortSignal): Promise<string> {
    const body = { is_direct: true, preset: 'trusted_private_chat', invite: [account] }
    return (await this.#asBot('POST', 'client/v3/createRoom', { body, signal }, made)).room_id
  }

  /** The rooms that the bot is in. */
  async joinedRooms(signal?: AbortSignal): Promise<string[]> {
    const request = { maxBytes: maxPageBytes, signal }
    return (await this.#asBot('GET', 'client/v3/joined_rooms', request, joinedRooms)).joined_rooms
  }

  /** The members of a room, each with the name that they have there. */
  async joinedMembers(room: string, signal?: AbortSignal): Promise<Map<string, string | undefined>> {
    const path = at`client/v3/rooms/${room}/joined_members`
    const { joined } = await this.#asBot('GET', path, { maxBytes: maxPageBytes, signal }, members)
    return new Map(Object.entries(joined).map(([account, { display_name: name }]) => [account, name || undefined]))
  }

  /** @returns the content of a state event; undefined when the room has none */
  async state(room: string, type: string, stateKey = '', signal?: AbortSignal): Promise<unknown> {
    try {
      return await this.#asBot('GET', at`client/v3/rooms/${room}/state/${type}/${stateKey}`, { signal })
    } catch (error) {
      if (error instanceof MatrixError && error.answer.errcode === 'M_NOT_FOUND') return undefined
      throw error
    }
  }

  /** Events of a room, the newest first with `dir` b. `end` is where the next page begins; undefined at the end. */
  async messages(
    room: string,
    { dir, limit, from }: { dir: 'b' | 'f'; limit: number; from?: string | undefined },
    signal?: AbortSignal,
  ): Promise<RoomPage> {
    const query = { dir, limit, ...(from !== undefined && { from }) }
    const path = at`client/v3/rooms/${room}/messages`
    const { chunk, end } = await this.#asBot('GET', path, { query, maxBytes: maxPageBytes, signal }, page)
    return { events: chunk, end }
  }

  /**
   * Events that relate to an event, at most `limit`, the newest first. `end` is as in `messages`.
   *
   * @throws {TooLarge} and then a smaller `limit` may help
   */
  async relations(
    room: string,
    event: string,
    { relation, type, limit, from }: { relation: string; type?: string; limit: number; from?: string | undefined },
    signal?: AbortSignal,
  ): Promise<RoomPage> {
    const query = { limit, ...(from !== undefined && { from }) }
    const all = at`client/v1/rooms/${room}/relations/${event}/${relation}`
    const path = type === undefined ? all : all + at`/${type}`
    const { chunk, next_batch } = await this.#asBot('GET', path, { query, maxBytes: maxPageBytes, signal }, page)
    return { events: chunk, end: next_batch }
  }

  /** Who made a room, and can do everything there if its version is 12 or later. */
  async creators(room: string, signal?: AbortSignal): Promise<string[]> {
    const path = at`client/v3/rooms/${room}/state/m.room.create`
    const { sender, content } = await this.#asBot('GET', path, { query: { format: 'event' }, signal }, creation)
    return Number(content.room_version) >= creatorsSince ? [sender, ...content.additional_creators] : []
  }

  /** The room that this one replaced, as its creator said; undefined if it replaced none. */
  async predecessor(room: string, signal?: AbortSignal): Promise<string | undefined> {
    return replacement.safeParse(await this.state(room, 'm.room.create', '', signal)).data?.predecessor.room_id
  }

  /** Why the bot may not post in a room. */
  async standing(room: string, signal?: AbortSignal): Promise<Standing> {
    const membership = await this.#ownMembership(room, signal)
    if (membership !== 'join') return membership === 'leave' || membership === 'ban' ? 'left' : 'unknown'
    return (await this.state(room, 'm.room.tombstone', '', signal)) === undefined ? 'joined' : 'replaced'
  }

  /** Such as "join"; undefined for an account that was never in the room. */
  async membership(room: string, account: string, signal?: AbortSignal): Promise<string | undefined> {
    return (await this.member(room, account, signal))?.membership
  }

  /** Undefined for an account that was never in the room. */
  async member(room: string, account: string, signal?: AbortSignal): Promise<z.output<typeof member> | undefined> {
    return member.safeParse(await this.state(room, 'm.room.member', account, signal)).data
  }

  /** Undefined when the homeserver does not say so. */
  async #ownMembership(room: string, signal?: AbortSignal): Promise<string | undefined> {
    try {
      return await this.membership(room, this.#users.bot, signal)
    } catch (error) {
      if (error instanceof MatrixError && error.answer.status === 403) return undefined
      throw error
    }
  }

  #asBot<Output>(
    method: MatrixRequest['method'],
    path: string,
    request: Omit<MatrixRequest, 'method' | 'path' | 'as'>,
    schema?: z.ZodType<Output>,
  ): Promise<Output> {
    return this.#homeserver.send({ method, path, as: this.#users.bot, ...request }, schema)
  }
}
