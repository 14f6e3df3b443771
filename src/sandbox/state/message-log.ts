import type { Message, NewMessage } from './types.ts'

/** Where and when messages are. */
type Place = {
  flowId: string
  clock: () => Date
  /** The next place in the order of all flows. */
  nextPosition: () => number
  /** How many are kept. */
  limit: number
}

/** The messages of a flow, oldest first. */
export class MessageLog {
  readonly #place: Place
  readonly #messages = new Map<number, Message>()
  #lastId = 0

  constructor(place: Place) {
    this.#place = place
  }

  add(message: NewMessage): Message {
    const { flowId, clock, nextPosition, limit } = this.#place
    const id = ++this.#lastId
    const added: Message = { ...message, id, position: nextPosition(), flowId, sent: clock(), edited: null }
    this.#messages.set(id, added)
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= limit) break
      this.#messages.delete(oldest)
    }
    return added
  }

  get(id: number): Message | undefined {
    return this.#messages.get(id)
  }

  list(): Message[] {
    return [...this.#messages.values()]
  }

  inThread(threadId: string): Message[] {
    return this.list().filter((message) => message.threadId === threadId)
  }

  /** Puts it in the place of the one with the same id. */
  replace(message: Message): void {
    if (this.#messages.has(message.id)) this.#messages.set(message.id, message)
  }

  remove({ id }: Message): void {
    this.#messages.delete(id)
  }
}
