import type { FlowMessage, NewMessage } from './types.ts'

type MessageLogOptions = {
  clock: () => Date
  /** The next position, which counts up over all flows and private conversations. */
  nextPosition: () => number
  /** The maximum number of messages. */
  limit: number
}

/** The messages of a flow or of a private conversation, oldest first. */
export class MessageLog {
  readonly #options: MessageLogOptions
  readonly #messages: FlowMessage[] = []
  #lastId = 0
  #forgottenUntil = 0

  constructor(options: MessageLogOptions) {
    this.#options = options
  }

  add(message: NewMessage): FlowMessage {
    const { clock, nextPosition, limit } = this.#options
    const metadata = { id: ++this.#lastId, position: nextPosition(), sent: clock(), edited: null }
    const added: FlowMessage = { ...message, ...metadata }
    this.#messages.push(added)
    if (this.#messages.length > limit) this.#forgottenUntil = this.#messages.shift()?.position ?? 0
    return added
  }

  /** The id of the next message. */
  get nextId(): number {
    return this.#lastId + 1
  }

  /** An id for something in the flow that is not stored. No message gets it. */
  takeId(): number {
    return ++this.#lastId
  }

  /** The position of the last message that was deleted for the limit. */
  get forgottenUntil(): number {
    return this.#forgottenUntil
  }

  get(id: number): FlowMessage | undefined {
    return this.#messages[this.#indexOf(id)]
  }

  list(): readonly FlowMessage[] {
    return this.#messages
  }

  inThread(threadId: string): FlowMessage[] {
    return this.#messages.filter((message) => message.threadId === threadId)
  }

  /** The messages after this position. */
  after(position: number): FlowMessage[] {
    return this.#messages.slice(this.#messages.findLastIndex((message) => message.position <= position) + 1)
  }

  /** Replaces the message with the same id. */
  replace(message: FlowMessage): void {
    const index = this.#indexOf(message.id)
    if (index >= 0) this.#messages[index] = message
  }

  remove({ id }: FlowMessage): void {
    const index = this.#indexOf(id)
    if (index >= 0) this.#messages.splice(index, 1)
  }

  /** Searches from the end: most lookups are for new messages. */
  #indexOf(id: number): number {
    return this.#messages.findLastIndex((message) => message.id === id)
  }
}
