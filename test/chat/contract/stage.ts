/**
 * What a chat gives to be tested: a stand-in of the chat that Polldock calls over the network, and rooms in it. In a
 * test file of the chat, such as `test/chat/flowdock/contract.test.ts`:
 *
 *     chatContract('Flowdock', openStage)
 *
 * `openStage` starts the stand-in and returns a `ChatStage`. For a chat with an HTTP API, put a `FaultyHttp` in front of the
 * stand-in, give Polldock its address, and make `fault` with `faultsOf`: then the stage only says how the chat answers.
 * For one that speaks another protocol, the stand-in misbehaves itself: it asks a `FaultQueue` at each message, and the
 * stage lacks `httpFaults`.
 * A chat that cannot do something leaves out the optional property, or names the fault in `lacks`: those cases are
 * skipped, and the table in docs/chats.md has to say so.
 */
export type ChatStage = {
  /** As in `ChatDescription`. */
  key: string
  /** The environment variables with which Polldock opens the chat. */
  environment: Record<string, string>
  /** A new room, as a person would connect it. */
  connect(): Promise<StagedRoom>
  /** The chat behaves so from now on; without a fault, it works again. Only a room that is gone stays so. */
  fault(fault: ChatFault | undefined, room: StagedRoom): Promise<void> | void
  /** Faults that this chat cannot have; `all` of one that uses no network. */
  lacks?: 'all' | readonly ChatFault['kind'][]
  /** Whether a room shows a message once that was posted again with the same id; else readers get the id. */
  showsRepeatsOnce: boolean
  /** What the chat was sent since this was called last, without secrets. Left out if nobody can see it. */
  takeSent?(): string[]
  /** How many connections Polldock has open to the stand-in now. Left out if nobody can count them. */
  connections?(): number
  close(): Promise<void>
}

export type StagedRoom = {
  /** What `Connections.create` stores; `credentials` are not encrypted here. */
  externalId: string
  address?: Record<string, string>
  credentials: string
  /** Texts that nobody may read in an error; by default the credentials. */
  secrets?: readonly string[]
  /** The messages of the room, as people read them, the oldest first. */
  messages(): StagedMessage[] | Promise<StagedMessage[]>
  /** What the newest thread shows of its poll now, as people read it. Left out if messages never change. */
  state?(): string | Promise<string>
  /** The error that the room shows; empty for none. Left out if the chat cannot show one. */
  error?(): string | Promise<string>
}

/**
 * `id` is the same when a message is posted again. A chat without ids puts a mark from `Entry.uuid` into the text, and this
 * is the mark. `text` is what people read, with the author's name, in one piece although the chat may have split it.
 */
export type StagedMessage = { id: string; text: string }

/**
 * What may go wrong between Polldock and a chat: for every request, or for the next `times`, followed by the fault `next`.
 * With `only`, requests that post no message are not affected.
 */
export type ChatFault = { times?: number; next?: ChatFault; only?: 'messages' } & (
  | { kind: 'rate limit'; seconds: number }
  /** The room is gone: removed, or Polldock was thrown out. */
  | { kind: 'gone' }
  /** The credentials are refused. */
  | { kind: 'unauthorized' }
  /** The message is refused, and will always be. */
  | { kind: 'invalid' }
  /** An answer of any kind, without performing the request. */
  | { kind: 'answer'; status: number; body?: string; headers?: Record<string, string> }
  /** An answer whose body never ends. */
  | { kind: 'endless'; status: number }
  /** An answer of which only the headers come. */
  | { kind: 'half'; status: number }
  /** An answer that breaks off. */
  | { kind: 'cut'; status: number }
  /** Bytes that are no HTTP. */
  | { kind: 'no http' }
  /** No answer. */
  | { kind: 'hang' }
  /** Performs the request after this time. */
  | { kind: 'slow'; ms: number }
  /** Closes the connection without performing the request. */
  | { kind: 'close' }
  /** Resets the connection without performing the request. */
  | { kind: 'drop' }
  /** Performs the request, and resets the connection instead of answering. */
  | { kind: 'lost answer' }
  /** Accepts no connection. */
  | { kind: 'down' }
)

/** Faults that only HTTP has. */
export const httpFaults = ['answer', 'endless', 'half', 'cut', 'no http'] as const

/** The faults of a stand-in, each for as many requests as it says. */
export class FaultQueue<Fault extends ChatFault = ChatFault> {
  #fault: Fault | undefined

  set(fault: Fault | undefined): void {
    this.#fault = fault
  }

  /** The fault of the next request. @param isMessage whether the request posts a message */
  take(isMessage: boolean): Fault | undefined {
    const fault = this.#fault
    if (fault?.only && !isMessage) return undefined
    if (fault?.times === undefined) return fault
    this.#fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : (fault.next as Fault | undefined)
    return fault
  }
}
