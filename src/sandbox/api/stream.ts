import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Flow } from '../state/flow.ts'
import { ping } from '../state/people/ping.ts'
import type { UserPing } from '../state/people/presence.ts'
import type { User } from '../state/types.ts'
import type { World } from '../world.ts'
import { activityJson, messageJson, privateMessageJson } from './representation.ts'

type StreamOptions = {
  asEvents: boolean
  /** The position of the reader's last message. Without it, the stream starts with the next message. */
  after: number | undefined
  /** In milliseconds. */
  heartbeat: number
  /** What others see of the reader. Without it, the reader appears offline. */
  active: 'true' | 'idle' | null
}

/** A message that the reader has not got, and its JSON at the time of sending. */
type Unsent = { position: number; json: () => object }

/** What a stream sends: the messages of these flows, and the private messages to the reader. */
type StreamContent = { reader: User; flows: readonly Flow[]; isPrivate: boolean }

/** One open stream. Unread messages wait in the message logs of flows and private conversations, not here. */
export class Stream {
  readonly #world: World
  readonly #flows: readonly Flow[]
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
    { reader, flows, isPrivate }: StreamContent,
    { asEvents, after, heartbeat, active }: StreamOptions,
  ) {
    this.#world = world
    this.#flows = flows
    this.#reader = reader
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

  /** Sends messages until the reader's buffer is full. */
  #send(): void {
    const response = this.#response
    if (!response || response.writableNeedDrain || response.writableEnded) return
    // Messages were deleted before they were sent. Close the connection, so the reader notices the gap.
    if (this.#forgottenUntil() > this.#position) return void response.destroy()
    for (const { position, json } of this.#unsent()) {
      if (response.writableNeedDrain || response.destroyed) return
      this.#position = position
      response.write(this.#encode(position, json()))
    }
    // Also passes the user's own private messages, which are not sent.
    this.#position = this.#world.position
  }

  /** Tells the others in the flows that the reader is there. */
  #ping(): void {
    if (this.#active === null) return
    for (const flow of this.#flows) ping(flow, this.#reader, this.#active === 'true')
  }

  /** Sends what is not stored: a slow reader misses it, and nobody resumes from it. */
  #show(flow: Flow, activity: UserPing): void {
    const response = this.#response
    if (!response || response.writableNeedDrain || response.writableEnded) return
    const text = JSON.stringify(activityJson(flow, activity))
    response.write(this.#asEvents ? `data: ${text}\n\n` : `${text}\r\n`)
  }

  #forgottenUntil(): number {
    const ofFlows = this.#flows.map((flow) => flow.messages.forgottenUntil)
    const inPrivate = this.#isPrivate ? this.#world.conversations.forgottenUntil(this.#reader) : 0
    return Math.max(inPrivate, ...ofFlows)
  }

  #unsent(): Unsent[] {
    const unsent = this.#flows.flatMap((flow) =>
      flow.messages.after(this.#position).map((message): Unsent => {
        return { position: message.position, json: () => messageJson(this.#world, flow, message) }
      }),
    )
    return [...unsent, ...this.#unsentPrivate()].sort((one, other) => one.position - other.position)
  }

  /** Only messages that are sent to the user, as documented: not the user's own. */
  #unsentPrivate(): Unsent[] {
    if (!this.#isPrivate) return []
    return this.#world.conversations.of(this.#reader).flatMap((conversation) => {
      const received = conversation.messages.after(this.#position).filter(({ user }) => user !== this.#reader)
      return received.map((message) => {
        return { position: message.position, json: () => privateMessageJson(conversation, message) }
      })
    })
  }

  #encode(position: number, json: object): string {
    const text = JSON.stringify(json)
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
    response?.write(this.#asEvents ? ':\n\n' : '\n')
    this.#ping()
  }
}
