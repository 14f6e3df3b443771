import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { internalError, MatrixError } from './matrix-error.ts'
import { isExclusive, isInNamespace, type Registration } from './registration.ts'
import type { Content, EventTransaction, RoomEvent, StrippedEvent } from './room/event.ts'
import { newEventId, Room, type RoomVersion } from './room/room.ts'

/** How much the homeserver keeps. */
export type MatrixLimits = {
  accounts: number
  /** Per account. */
  devices: number
  rooms: number
  /** Per room. */
  events: number
}

export const defaultMatrixLimits: MatrixLimits = { accounts: 10_000, devices: 100, rooms: 1_000, events: 10_000 }

export type Account = {
  readonly id: string
  readonly devices: Map<string, { displayName: string | undefined }>
  /** Whether its requests are limited. */
  isLimited: boolean
}

/** What others see of a user. */
export type Profile = { displayName?: string | undefined; avatarUrl?: string | undefined }

/** Who an access token speaks for. */
export type TokenOwner = { userId: string; deviceId: string }

export type NewEvent = {
  id?: string
  type: string
  sender: string
  content: Content
  at?: number | undefined
  stateKey?: string | undefined
  redacts?: string | undefined
  transaction?: EventTransaction | undefined
  inviteState?: StrippedEvent[] | undefined
}

type HomeserverOptions = {
  serverName: string
  registration: Registration
  clock: () => number
  limits: MatrixLimits
}

/** The state of a homeserver with one application service, in memory only. */
export class Homeserver {
  readonly serverName: string
  readonly registration: Registration
  /** In milliseconds. */
  readonly clock: () => number
  readonly accounts = new Map<string, Account>()
  /** Only the application service's own user can have one without an account. */
  readonly profiles = new Map<string, Profile>()
  readonly rooms = new Map<string, Room>()
  readonly #tokens = new Map<string, TokenOwner>()
  readonly #limits: MatrixLimits
  readonly #changes = new EventEmitter<{ event: [RoomEvent, Room] }>().setMaxListeners(0)
  #position = 0

  constructor({ serverName, registration, clock, limits }: HomeserverOptions) {
    this.serverName = serverName
    this.registration = registration
    this.clock = clock
    this.#limits = limits
  }

  /** The position of the last event in any room. */
  get position(): number {
    return this.#position
  }

  /** The user id of the application service itself. */
  get botId(): string {
    return this.userId(this.registration.sender_localpart)
  }

  userId(localpart: string): string {
    return `@${localpart}:${this.serverName}`
  }

  isOfAppService(userId: string): boolean {
    return userId === this.botId || isInNamespace(this.registration, userId)
  }

  /** @throws {MatrixError} if it exists already, or too many do; or if it has a profile, which is an internal error of Synapse */
  register(localpart: string): Account {
    const id = this.userId(localpart)
    if (this.accounts.has(id)) throw new MatrixError(400, 'M_USER_IN_USE', 'User ID already taken.')
    if (this.profiles.has(id)) throw internalError()
    if (this.accounts.size >= this.#limits.accounts) throw full('accounts')
    const isLimited = id !== this.botId && this.registration.rate_limited !== false
    const account = { id, devices: new Map(), isLimited }
    this.accounts.set(id, account)
    this.profiles.set(id, { displayName: localpart })
    return account
  }

  /** A person, with a device and its access token. People are limited only if the caller says so. */
  addPerson(localpart: string, { displayName = localpart, isLimited = false } = {}): TokenOwner & { token: string } {
    if (isExclusive(this.registration, this.userId(localpart))) {
      throw new MatrixError(400, 'M_EXCLUSIVE', 'This user ID is reserved by an application service.')
    }
    const account = Object.assign(this.register(localpart), { isLimited })
    this.profiles.set(account.id, { displayName })
    return { ...this.login(account), userId: account.id }
  }

  login(account: Account): TokenOwner & { token: string } {
    const deviceId = randomBytes(6).toString('hex').toUpperCase()
    this.setDevice(account, deviceId, undefined)
    const token = `syt_${randomBytes(24).toString('base64url')}`
    const owner = { userId: account.id, deviceId }
    this.#tokens.set(token, owner)
    return { ...owner, token }
  }

  tokenOwner(token: string): TokenOwner | undefined {
    return this.#tokens.get(token)
  }

  /** Adds or renames a device. Whether it is new. */
  setDevice({ devices }: Account, deviceId: string, displayName: string | undefined): boolean {
    const isNew = !devices.has(deviceId)
    if (isNew && devices.size >= this.#limits.devices) throw full('devices')
    devices.set(deviceId, { displayName: displayName ?? devices.get(deviceId)?.displayName })
    return isNew
  }

  /** An empty room. In version 12 its id is that of its first event. */
  addRoom(version: RoomVersion): { room: Room; createEventId: string } {
    if (this.rooms.size >= this.#limits.rooms) throw full('rooms')
    const createEventId = newEventId()
    const id = version === '12' ? `!${createEventId.slice(1)}` : `!${randomBytes(9).toString('hex')}:${this.serverName}`
    const room = new Room(id, version, this.#limits.events)
    this.rooms.set(id, room)
    return { room, createEventId }
  }

  /** Adds an event that is allowed. */
  addEvent(room: Room, { id = newEventId(), at = this.clock(), ...rest }: NewEvent): RoomEvent {
    const { type, stateKey } = rest
    const before = stateKey === undefined ? undefined : room.state(type, stateKey)
    const previous = before && { id: before.id, sender: before.sender, content: before.content }
    const optional = { redacts: undefined, transaction: undefined, inviteState: undefined, redactedBy: undefined }
    const event: RoomEvent = {
      ...optional,
      ...rest,
      id,
      roomId: room.id,
      at,
      stateKey,
      previous,
      position: ++this.#position,
    }
    room.add(event)
    this.#changes.emit('event', event, room)
    return event
  }

  /** Calls the listener for each new event, until the returned function is called. */
  onEvent(listener: (event: RoomEvent, room: Room) => void): () => void {
    this.#changes.on('event', listener)
    return () => void this.#changes.off('event', listener)
  }
}

function full(what: string): MatrixError {
  return new MatrixError(403, 'M_RESOURCE_LIMIT_EXCEEDED', `The stand-in holds no more ${what}.`)
}
