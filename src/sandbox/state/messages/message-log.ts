import type { FlowMessage, NewMessage } from '../types.ts'
import { textSize } from './text-size.ts'

type MessageLogOptions = {
  clock: () => Date
  /** The next position, which counts up over all flows and private conversations. */
  nextPosition: () => number
  /** The maximum number of messages. */
  limit: number
  /** The maximum of their texts together, in characters. */
  textLimit: number
}

/** The messages of a flow or of a private conversation, oldest first: their ids and positions count up. */
export class MessageLog {
  readonly #options: MessageLogOptions
  readonly #messages: FlowMessage[] = []
  #text = 0
  #lastId = 0
  #forgottenUntil = 0

  constructor(options: MessageLogOptions) {
    this.#options = options
  }

  add(message: NewMessage): FlowMessage {
    const { clock, nextPosition } = this.#options
    const metadata = { id: ++this.#lastId, position: nextPosition(), sent: clock(), edited: null }
    const added: FlowMessage = { ...message, ...metadata }
    this.#messages.push(added)
    this.#text += textSize(added)
    this.#forgetOldest()
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

  /** The position of the last message that was deleted for a limit. */
  get forgottenUntil(): number {
    return this.#forgottenUntil
  }

  get(id: number): FlowMessage | undefined {
    const index = this.#indexOf(id)
    return index === undefined ? undefined : this.#messages[index]
  }

  list(): readonly FlowMessage[] {
    return this.#messages
  }

  inThread(threadId: string): FlowMessage[] {
    return this.#messages.filter((message) => message.threadId === threadId)
  }

  /** The first message after this position. */
  firstAfter(position: number): FlowMessage | undefined {
    return this.#messages[this.#firstIndex((message) => message.position > position)]
  }

  /** Replaces the message with the same id. */
  replace(message: FlowMessage): void {
    const index = this.#indexOf(message.id)
    if (index === undefined) return
    this.#text += textSize(message) - textSize(this.#messages[index])
    this.#messages[index] = message
    this.#forgetOldest()
  }

  remove({ id }: FlowMessage): void {
    const index = this.#indexOf(id)
    if (index === undefined) return
    this.#text -= textSize(this.#messages[index])
    this.#messages.splice(index, 1)
  }

  /** The newest message stays, whatever its size. */
  #forgetOldest(): void {
    const { limit, textLimit } = this.#options
    while (this.#messages.length > 1 && (this.#messages.length > limit || this.#text > textLimit)) {
      const oldest = this.#messages.shift()
      this.#text -= textSize(oldest)
      this.#forgottenUntil = oldest?.position ?? this.#forgottenUntil
    }
  }

  #indexOf(id: number): number | undefined {
    const index = this.#firstIndex((message) => message.id >= id)
    return this.#messages[index]?.id === id ? index : undefined
  }

  /** Binary search for the first message that is late enough. */
  #firstIndex(isLate: (message: FlowMessage) => boolean): number {
    let [low, high] = [0, this.#messages.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const message = this.#messages[middle]
      if (message && isLate(message)) high = middle
      else low = middle + 1
    }
    return low
  }
}
