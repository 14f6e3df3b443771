import { createHash, randomBytes } from 'node:crypto'
import type { Files } from './files.ts'
import type { Limits } from './limits.ts'
import { MessageLog } from './messages/message-log.ts'
import { Presence, type UserPing } from './people/presence.ts'
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
  accessMode: AccessMode
  members: readonly User[]
  /** Allows to post by the deprecated push API. */
  apiToken?: string
}

/**
 * Who may join without an invitation: with `link`, anybody who has the flow's link; with `organization`, also
 * all its users.
 */
export const accessModes = ['invitation', 'link', 'organization'] as const
export type AccessMode = (typeof accessModes)[number]

/** A change of a flow's settings. The name in its URL stays. */
export type FlowEdit = {
  name?: string | undefined
  accessMode?: AccessMode | undefined
  isDisabled?: boolean | undefined
}

/** What a user last did in a flow. */
export type UserActivity = { status: string | null; at: Date | null }

/** A flow: its users, the messages of its chat and inbox, and the threads of its inbox. */
export class Flow {
  readonly id: string
  readonly parameterizedName: string
  /** Secret: it allows posting by the push API. */
  readonly apiToken: string
  readonly messages: MessageLog
  readonly threads: Threads
  readonly presence = new Presence()
  readonly #options: FlowOptions
  #name: string
  #accessMode: AccessMode
  #isDisabled = false
  #members: readonly User[]
  readonly #blocked = new Set<User>()
  readonly #closedFor = new Set<User>()
  /** By user id. */
  readonly #activity = new Map<number, UserActivity>()

  constructor(facts: FlowFacts, options: FlowOptions) {
    this.id = facts.id
    this.parameterizedName = facts.parameterizedName
    this.#name = facts.name
    this.#accessMode = facts.accessMode
    this.#members = facts.members
    this.apiToken = facts.apiToken ?? randomBytes(16).toString('hex')
    this.#options = options
    const { clock, nextPosition, limits } = options
    this.messages = new MessageLog({ clock, nextPosition, limit: limits.messages, textLimit: limits.messageText })
    this.threads = new Threads(limits.threads, limits.threadText)
  }

  get name(): string {
    return this.#name
  }

  get accessMode(): AccessMode {
    return this.#accessMode
  }

  /** A disabled flow is archived: nobody sees it, posts to it or joins it. */
  get isDisabled(): boolean {
    return this.#isDisabled
  }

  /** Without those who are blocked. */
  get members(): readonly User[] {
    return this.#members
  }

  get blocked(): readonly User[] {
    return [...this.#blocked]
  }

  /** Whether the user is in the flow and may see it. */
  has(user: User): boolean {
    return !this.#isDisabled && this.#members.includes(user)
  }

  isBlocked(user: User): boolean {
    return this.#blocked.has(user)
  }

  /** Whether the flow is among the user's open ones: those that a client shows as tabs. */
  isOpenFor(user: User): boolean {
    return this.#members.includes(user) && !this.#closedFor.has(user)
  }

  update({ name, accessMode, isDisabled }: FlowEdit): void {
    this.#name = name ?? this.#name
    this.#accessMode = accessMode ?? this.#accessMode
    this.#isDisabled = isDisabled ?? this.#isDisabled
    this.#publish()
  }

  setMember(user: User, isMember: boolean): void {
    const others = this.#members.filter((member) => member !== user)
    this.#members = isMember ? [...others, user] : others
    if (isMember) this.#closedFor.delete(user)
    this.#publish()
  }

  /** A blocked user is no member. An unblocked one is a member again. */
  setBlocked(user: User, isBlocked: boolean): void {
    if (isBlocked) this.#blocked.add(user)
    else this.#blocked.delete(user)
    this.setMember(user, !isBlocked)
  }

  /** Removes all traces of a user who leaves the organization. Their messages stay. */
  forget(user: User): void {
    this.#blocked.delete(user)
    this.#closedFor.delete(user)
    this.setMember(user, false)
  }

  setOpen(user: User, isOpen: boolean): void {
    if (isOpen) this.#closedFor.delete(user)
    else this.#closedFor.add(user)
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

  #publish(): void {
    this.changes.publish({ flow: this, kind: 'flow' })
  }

  #noteActivity(message: FlowMessage): void {
    const { user, sent: at } = message
    if (!user) return
    const status = message.event === 'status' ? message.content : this.activityOf(user).status
    this.#activity.set(user.id, { status, at })
  }
}

/**
 * A change in a flow, with `flow` of the flow itself, with `activity` only news of a user. Threads and sources have their state
 * after the change.
 */
export type FlowChange = { flow: Flow } & (
  | { kind: 'message'; message: FlowMessage }
  | { kind: 'changed-message'; message: FlowMessage }
  | { kind: 'deleted-message'; message: FlowMessage }
  | { kind: 'thread'; thread: FlowThread }
  | { kind: 'source'; source: Source }
  | { kind: 'flow' }
  | { kind: 'activity'; activity: UserPing }
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
