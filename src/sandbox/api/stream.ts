import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Identity } from '../identity.ts'
import type { Flow } from '../state/flow.ts'
import { ping } from '../state/people/ping.ts'
import type { UserPing } from '../state/people/presence.ts'
import type { FlowMessage, FlowThread, User } from '../state/types.ts'
import type { World } from '../world.ts'
import { activityJson, messageJson, privateMessageJson } from './representation.ts'

/** All streams share the text of a message: hundreds send it at the same time. */
export class MessageTexts {
  readonly #world: World
  #last: { message: FlowMessage; thread: FlowThread | undefined; text: string } | undefined

  constructor(world: World) {
    this.#world = world
  }

  /** A message as JSON, with the current state of its thread. */
  of(flow: Flow, message: FlowMessage): string {
    const thread = flow.threads.get(message.threadId ?? '')
    if (this.#last?.message !== message || this.#last.thread !== thread) {
      this.#last = { message, thread, text: JSON.stringify(messageJson(this.#world, flow, message)) }
    }
    return this.#last.text
  }
}

type StreamOptions = {
  texts: MessageTexts
  asEvents: boolean
  /** The position of the reader's last message. Without it, the stream starts with the next message. */
  after: number | undefined
  /** In milliseconds. */
  heartbeat: number
  /** What others see of the reader. Without it, the reader appears offline. */
  active: 'true' | 'idle' | null
}

/** A message that the reader has not got, and its JSON at the time of sending; undefined if it is not for the reader. */
type Unsent = { position: number; json: (() => string) | undefined }

/** What a stream sends: the messages of these flows, and the private messages to the reader, as long as the access is not revoked. */
type StreamContent = { identity: Identity; flows: readonly Flow[]; isPrivate: boolean }

/** One open stream. Unread messages wait in the message logs of flows and private conversations, not here. */
export class Stream {
  readonly #world: World
  readonly #texts: MessageTexts
  readonly #flows: readonly Flow[]
  readonly #identity: Identity
  readonly #reader: User
  readonly #isPrivate: boolean
  readonly #asEvents: boolean
  readonly #heartbeat: number
  readonly #active: StreamOptions['active']
  #position: number
  #response: ServerResponse | undefined
  /** Heartbeats that were due while the reader had unread data. */
  #stalled = 0

  constructor(
    world: World,
    { identity, flows, isPrivate }: StreamContent,
    { texts, asEvents, after, heartbeat, active }: StreamOptions,
  ) {
    this.#world = world
    this.#texts = texts
    this.#flows = flows
    this.#identity = identity
    this.#reader = identity.user
    this.#isPrivate = isPrivate
    this.#asEvents = asEvents
    this.#heartbeat = heartbeat
    this.#active = active
    this.#position = Math.max(after ?? world.position, this.#forgottenUntil())
  }

  /** Takes over the reply's headers and connection, until either side ends it. */
  start(reply: FastifyReply, onEnd: () => void): void {
    const response = reply.raw
    this.#response = response
    const { changes, conversations } = this.#world
    const subscriptions = [
      changes.subscribe((change) => {
        const { kind, flow } = change
        if (!this.#flows.includes(flow)) return
        // The reader connects again, and is answered why it has no access.
        if (kind === 'flow' && !flow.has(this.#reader)) this.end()
        if (kind === 'message') this.#send()
        if (kind === 'activity' && change.activity.user !== this.#reader) this.#show(flow, change.activity)
      }),
      conversations.changes.subscribe(({ conversation }) => {
        if (this.#isPrivate && conversation.users.includes(this.#reader)) this.#send()
      }),
    ]
    const timer = setInterval(() => this.#beat(), this.#heartbeat)
    response.on('drain', () => {
      this.#stalled = 0
      this.#send()
    })
    // Unlike the `close` event, `finished` also reports a connection that is already closed.
    finished(response, () => {
      clearInterval(timer)
      for (const unsubscribe of subscriptions) unsubscribe()
      onEnd()
    })
    response.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders)
    // Node sends the headers only with the first bytes of the body.
    response.write(this.#asEvents ? 'retry: 2000\n\n' : '\n')
    this.#send()
    this.#ping()
  }

  end(): void {
    // A reader that does not read would not read the end either.
    if (this.#response?.writableNeedDrain) this.#response.destroy()
    else this.#response?.end()
  }

  /** Sends messages until the reader's buffer is full, which takes the same time for any number of them. */
  #send(): void {
    const response = this.#writable()
    if (!response) return
    // Messages were deleted before they were sent. Close the connection, so the reader notices the gap.
    if (this.#forgottenUntil() > this.#position) return void response.destroy()
    for (let next = this.#next(); next; next = this.#next()) {
      if (response.writableNeedDrain || response.destroyed) return
      this.#position = next.position
      if (next.json) response.write(this.#framed(next.position, next.json()))
    }
  }

  /** Tells the others in the flows that the reader is there. */
  #ping(): void {
    if (this.#active === null) return
    for (const flow of this.#flows) ping(flow, this.#reader, this.#active === 'true')
  }

  /** Sends what is not stored: a slow reader misses it, and nobody resumes from it. */
  #show(flow: Flow, activity: UserPing): void {
    const response = this.#writable()
    if (!response) return
    const text = JSON.stringify(activityJson(flow, activity))
    response.write(this.#asEvents ? `data: ${text}\n\n` : `${text}\r\n`)
  }

  /** Undefined while the reader has not read enough, and after the end. Ends the stream once its access is revoked. */
  #writable(): ServerResponse | undefined {
    const response = this.#response
    if (!response || response.writableNeedDrain || response.writableEnded) return
    if (!this.#identity.isRevoked) return response
    this.end()
  }

  #forgottenUntil(): number {
    const ofFlows = this.#flows.map((flow) => flow.messages.forgottenUntil)
    const inPrivate = this.#isPrivate ? this.#world.conversations.forgottenUntil(this.#reader) : 0
    return Math.max(inPrivate, ...ofFlows)
  }

  /** The message with the lowest position of those that the reader has not got. */
  #next(): Unsent | undefined {
    let next: Unsent | undefined
    for (const one of [...this.#flows.map((flow) => this.#nextIn(flow)), ...this.#nextPrivate()]) {
      if (one && (!next || one.position < next.position)) next = one
    }
    return next
  }

  #nextIn(flow: Flow): Unsent | undefined {
    const message = flow.messages.firstAfter(this.#position)
    return message && { position: message.position, json: () => this.#texts.of(flow, message) }
  }

  /** The next one in each private conversation. Only messages to the user are sent, as documented: not the user's own. */
  #nextPrivate(): (Unsent | undefined)[] {
    if (!this.#isPrivate) return []
    return this.#world.conversations.of(this.#reader).map((conversation) => {
      const message = conversation.messages.firstAfter(this.#position)
      const json = () => JSON.stringify(message && privateMessageJson(conversation, message))
      return message && { position: message.position, json: message.user === this.#reader ? undefined : json }
    })
  }

  #framed(position: number, text: string): string {
    return this.#asEvents ? `id: ${position}\ndata: ${text}\n\n` : `${text}\r\n`
  }

  /** Disconnects a reader that has read nothing for two heartbeats. */
  #beat(): void {
    const response = this.#response
    if (response?.writableNeedDrain) {
      this.#stalled += 1
      if (this.#stalled >= 2) response.destroy()
      return
    }
    const writable = this.#writable()
    if (!writable) return
    writable.write(this.#asEvents ? ':\n\n' : '\n')
    this.#ping()
  }
}
