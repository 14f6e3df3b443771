import { randomBytes } from 'node:crypto'
import { type Content, isObject, type RoomEvent, relationOf } from './event.ts'

export type RoomVersion = '11' | '12'
export type Membership = 'join' | 'invite' | 'leave' | 'ban'

/** A room: its timeline, its state, and how its events relate. */
export class Room {
  readonly id: string
  readonly version: RoomVersion
  /** All events, in order. Past the limit, the oldest messages are deleted. State events stay. */
  readonly timeline: RoomEvent[] = []
  readonly #limit: number
  readonly #byId = new Map<string, RoomEvent>()
  readonly #state = new Map<string, RoomEvent>()
  /** By the event that they refer to. */
  readonly #related = new Map<string, RoomEvent[]>()

  constructor(id: string, version: RoomVersion, limit: number) {
    this.id = id
    this.version = version
    this.#limit = limit
  }

  add(event: RoomEvent): void {
    this.timeline.push(event)
    this.#byId.set(event.id, event)
    if (event.stateKey !== undefined) this.#state.set(stateName(event.type, event.stateKey), event)
    const parent = relationOf(event.content)?.to
    if (parent !== undefined) this.#related.set(parent, [...this.related(parent), event])
    if (this.timeline.length > this.#limit) this.#deleteOldest()
  }

  event(id: string): RoomEvent | undefined {
    return this.#byId.get(id)
  }

  state(type: string, stateKey = ''): RoomEvent | undefined {
    return this.#state.get(stateName(type, stateKey))
  }

  allState(): RoomEvent[] {
    return [...this.#state.values()]
  }

  /** The events that refer to this one, oldest first. */
  related(id: string): readonly RoomEvent[] {
    return this.#related.get(id) ?? []
  }

  /** Empties an event for good. It refers to nothing any more. */
  redact(event: RoomEvent, by: RoomEvent): void {
    const parent = relationOf(event.content)?.to
    if (parent !== undefined) this.#unrelate(parent, event)
    event.content = event.type === 'm.room.member' ? { membership: event.content.membership } : {}
    event.redactedBy = by
  }

  membership(userId: string): Membership | undefined {
    return this.state('m.room.member', userId)?.content.membership as Membership | undefined
  }

  /** The ids of the users that have joined, or of those with one of these memberships. */
  members(memberships: readonly Membership[] = ['join']): string[] {
    const isMember = ({ type, content }: RoomEvent) =>
      type === 'm.room.member' && memberships.some((one) => one === content.membership)
    return this.allState()
      .filter(isMember)
      .map(({ stateKey }) => stateKey ?? '')
  }

  /** Room version 12: they may do everything, and are in no list of power levels. */
  creators(): string[] {
    const create = this.state('m.room.create')
    if (!create || this.version === '11') return []
    const { additional_creators: others } = create.content
    return [create.sender, ...(Array.isArray(others) ? others.map(String) : [])]
  }

  power(userId: string): number {
    if (this.creators().includes(userId)) return Number.POSITIVE_INFINITY
    const levels = this.state('m.room.power_levels')?.content
    if (!levels) return this.state('m.room.create')?.sender === userId ? 100 : 0
    return level(levels.users, userId) ?? level(levels, 'users_default') ?? 0
  }

  /** The power that an action needs. */
  powerFor(action: 'invite' | 'kick' | 'ban' | 'redact'): number {
    return level(this.state('m.room.power_levels')?.content, action) ?? (action === 'invite' ? 0 : 50)
  }

  powerToSend(type: string, isState: boolean): number {
    const levels = this.state('m.room.power_levels')?.content
    const byDefault = isState ? (level(levels, 'state_default') ?? (levels ? 50 : 0)) : level(levels, 'events_default')
    return level(levels?.events, type) ?? byDefault ?? 0
  }

  #unrelate(parent: string, event: RoomEvent): void {
    const others = this.related(parent).filter((one) => one !== event)
    if (others.length > 0) this.#related.set(parent, others)
    else this.#related.delete(parent)
  }

  #deleteOldest(): void {
    const index = this.timeline.findIndex(({ stateKey }) => stateKey === undefined)
    const [event] = index < 0 ? [] : this.timeline.splice(index, 1)
    if (!event) return
    this.#byId.delete(event.id)
    const parent = relationOf(event.content)?.to
    if (parent !== undefined) this.#unrelate(parent, event)
  }
}

export function newEventId(): string {
  return `$${randomBytes(32).toString('base64url')}`
}

function stateName(type: string, stateKey: string): string {
  return JSON.stringify([type, stateKey])
}

function level(levels: unknown, name: string): number | undefined {
  const value = isObject(levels) ? (levels as Content)[name] : undefined
  return typeof value === 'number' ? value : undefined
}
