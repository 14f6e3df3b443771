import { createHash, randomBytes } from 'node:crypto'
import type { Files } from './files.ts'
import type { Limits } from './limits.ts'
import { MessageLog } from './message-log.ts'
import type { FlowSources } from './sources.ts'
import { Threads } from './threads.ts'
import type { FlowMessage, FlowThread, NewMessage, Source, User } from './types.ts'

/** What all flows share. */
export type FlowOptions = {
  clock: () => Date
  nextPosition: () => number
  changes: Changes<FlowChange>
  sources: FlowSources
  files: Files
  limits: Limits
}

export type FlowFacts = {
  id: string
  name: string
  parameterizedName: string
  /** With `organization`, all its users may join. */
  accessMode: 'invitation' | 'organization'
  members: User[]
  /** Allows to post by the deprecated push API. */
  apiToken?: string
}

/** What a user last did in a flow. */
export type UserActivity = { status: string | null; at: Date | null }

/** A flow: its users, the messages of its chat and inbox, and the threads of its inbox. */
export class Flow {
  readonly id: string
  readonly name: string
  readonly parameterizedName: string
  readonly accessMode: FlowFacts['accessMode']
  readonly members: readonly User[]
  /** Secret: it allows posting by the push API. */
  readonly apiToken: string
  readonly messages: MessageLog
  readonly threads: Threads
  readonly #options: FlowOptions
  /** By user id. */
  readonly #activity = new Map<number, UserActivity>()

  constructor(facts: FlowFacts, options: FlowOptions) {
    this.id = facts.id
    this.name = facts.name
    this.parameterizedName = facts.parameterizedName
    this.accessMode = facts.accessMode
    this.members = facts.members
    this.apiToken = facts.apiToken ?? randomBytes(16).toString('hex')
    this.#options = options
    const { clock, nextPosition, limits } = options
    this.messages = new MessageLog({ clock, nextPosition, limit: limits.messages })
    this.threads = new Threads(limits.threads)
  }

  get sources(): FlowSources {
    return this.#options.sources
  }

  get files(): Files {
    return this.#options.files
  }

  get changes(): Changes<FlowChange> {
    return this.#options.changes
  }

  /** The secret part of the URL where people join the flow; undefined if they need an invitation. */
  get joinToken(): string | undefined {
    if (this.accessMode === 'invitation') return undefined
    return `${createHash('sha1').update(`join ${this.id}`).digest('hex')}-${this.parameterizedName}`
  }

  activityOf({ id }: User): UserActivity {
    return this.#activity.get(id) ?? { status: null, at: null }
  }

  now(): Date {
    return this.#options.clock()
  }

  /** Adds a message and publishes the change, with the current state of its thread. */
  add(draft: NewMessage): FlowMessage {
    const message = this.messages.add(draft)
    this.#noteActivity(message)
    this.changes.publish({ flow: this, kind: 'message', message })
    this.publishThread(message)
    return message
  }

  publishThread({ threadId }: FlowMessage): void {
    const thread = threadId === null ? undefined : this.threads.get(threadId)
    if (thread) this.changes.publish({ flow: this, kind: 'thread', thread })
  }

  #noteActivity(message: FlowMessage): void {
    const { user, sent: at } = message
    if (!user) return
    const status = message.event === 'status' ? message.content : this.activityOf(user).status
    this.#activity.set(user.id, { status, at })
  }
}

/** A change in a flow. Threads and sources have their state after the change. */
export type FlowChange = { flow: Flow } & (
  | { kind: 'message'; message: FlowMessage }
  | { kind: 'changed-message'; message: FlowMessage }
  | { kind: 'deleted-message'; message: FlowMessage }
  | { kind: 'thread'; thread: FlowThread }
  | { kind: 'source'; source: Source }
)

/** Calls all listeners for every change, synchronously and in order. */
export class Changes<Change> {
  readonly #listeners = new Set<(change: Change) => void>()

  publish(change: Change): void {
    for (const listener of this.#listeners) listener(change)
  }

  /** @returns ends the subscription */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
