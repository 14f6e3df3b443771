export type Content = Record<string, unknown>

/** An event of a room. It is a state event if it has a state key. */
export type RoomEvent = {
  readonly id: string
  readonly roomId: string
  readonly type: string
  readonly sender: string
  /** A redaction empties it. */
  content: Content
  /** `origin_server_ts`, in milliseconds. */
  readonly at: number
  /** Counts up over all rooms. */
  readonly position: number
  readonly stateKey: string | undefined
  /** The event that this redaction empties. */
  readonly redacts: string | undefined
  /** Who sent it by which transaction id. */
  readonly transaction: EventTransaction | undefined
  /** The state that this state event replaced. */
  readonly previous: { id: string; sender: string; content: Content } | undefined
  /** What an invited user sees of the room. */
  readonly inviteState: StrippedEvent[] | undefined
  redactedBy: RoomEvent | undefined
}

export type EventTransaction = { id: string; deviceId: string | undefined }

/** A state event as an invited user sees it. */
export type StrippedEvent = { type: string; state_key: string; sender: string; content: Content }

/** How an event refers to another one. */
export type Relation = { type: string; to: string; key: string | undefined }

/** The relation in the event's content; a plain reply is none. */
export function relationOf(content: Content): Relation | undefined {
  const { 'm.relates_to': relates } = content
  if (!isObject(relates)) return
  const { rel_type: type, event_id: to, key } = relates
  if (typeof type !== 'string' || typeof to !== 'string') return
  return { type, to, key: typeof key === 'string' ? key : undefined }
}

export function isObject(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
