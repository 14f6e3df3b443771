import type { Limits } from './limits.ts'
import { MessageLog } from './message-log.ts'
import type { Sources } from './sources.ts'
import { Threads } from './threads.ts'
import type { Message, NewMessage, Source, Thread, User } from './types.ts'

/** What all flows have in common. */
export type Surroundings = {
  clock: () => Date
  nextPosition: () => number
  changes: Changes
  sources: Sources
  limits: Limits
}

export type FlowFacts = {
  id: string
  name: string
  parameterizedName: string
  /** With `organization` everybody in it may join. */
  accessMode: 'invitation' | 'organization'
  members: User[]
}

/** A team's room: its people, the messages of its chat and its inbox, the threads of its inbox. */
export class Flow {
  readonly id: string
  readonly name: string
  readonly parameterizedName: string
  readonly accessMode: FlowFacts['accessMode']
  readonly members: readonly User[]
  readonly messages: MessageLog
  readonly threads: Threads
  readonly #around: Surroundings

  constructor(facts: FlowFacts, around: Surroundings) {
    this.id = facts.id
    this.name = facts.name
    this.parameterizedName = facts.parameterizedName
    this.accessMode = facts.accessMode
    this.members = facts.members
    this.#around = around
    const { clock, nextPosition, limits } = around
    this.messages = new MessageLog({ flowId: this.id, clock, nextPosition, limit: limits.messages })
    this.threads = new Threads(limits.threads)
  }

  get sources(): Sources {
    return this.#around.sources
  }

  get changes(): Changes {
    return this.#around.changes
  }

  now(): Date {
    return this.#around.clock()
  }

  /** Adds a message and tells of it and of its thread as it is now. */
  add(draft: NewMessage): Message {
    const message = this.messages.add(draft)
    this.changes.publish({ flow: this, kind: 'message', message })
    this.tellOfThread(message)
    return message
  }

  tellOfThread({ threadId }: Message): void {
    const thread = threadId === null ? undefined : this.threads.get(threadId)
    if (thread) this.changes.publish({ flow: this, kind: 'thread', thread })
  }
}

/** Something that has just happened in a flow. Threads and sources come as they are after it, new or not. */
export type Change = { flow: Flow } & (
  | { kind: 'message'; message: Message }
  | { kind: 'changed-message'; message: Message }
  | { kind: 'deleted-message'; message: Message }
  | { kind: 'thread'; thread: Thread }
  | { kind: 'source'; source: Source }
)

type Listener = (change: Change) => void

/** Tells all who listen of every change, at once and in order. */
export class Changes {
  readonly #listeners = new Set<Listener>()

  publish(change: Change): void {
    for (const listener of this.#listeners) listener(change)
  }

  /** @returns ends the subscription */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
