import type { FlowMessage, NewMessage } from './types.ts'

/** Where and when messages are. */
type MessageLogOptions = {
  flowId: string
  clock: () => Date
  /** The next place in the order of all flows. */
  nextPosition: () => number
  /** How many are kept. */
  limit: number
}

/** The messages of a flow, oldest first. */
export class MessageLog {
  readonly #place: MessageLogOptions
  readonly #messages: FlowMessage[] = []
  #lastId = 0
  #forgottenUntil = 0

  constructor(place: MessageLogOptions) {
    this.#place = place
  }

  add(message: NewMessage): FlowMessage {
    const { flowId, clock, nextPosition, limit } = this.#place
    const place = { id: ++this.#lastId, position: nextPosition(), flowId, sent: clock(), edited: null }
    const added: FlowMessage = { ...message, ...place }
    this.#messages.push(added)
    if (this.#messages.length > limit) this.#forgottenUntil = this.#messages.shift()?.position ?? 0
    return added
  }

  /** The position up to which messages are gone because there were too many. */
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

  /** Those posted after the one at this position. */
  after(position: number): FlowMessage[] {
    return this.#messages.slice(this.#messages.findLastIndex((message) => message.position <= position) + 1)
  }

  /** Puts it in the place of the one with the same id. */
  replace(message: FlowMessage): void {
    const index = this.#indexOf(message.id)
    if (index >= 0) this.#messages[index] = message
  }

  remove({ id }: FlowMessage): void {
    const index = this.#indexOf(id)
    if (index >= 0) this.#messages.splice(index, 1)
  }

  /** Most often asked for is one of the newest. */
  #indexOf(id: number): number {
    return this.#messages.findLastIndex((message) => message.id === id)
  }
}
