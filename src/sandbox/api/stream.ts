import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Flow } from '../state/flow.ts'
import type { FlowMessage } from '../state/types.ts'
import type { World } from '../world.ts'
import { messageJson } from './representation.ts'

type StreamOptions = {
  asEvents: boolean
  /** The position of the reader's last message. Without it, the stream starts with the next message. */
  after: number | undefined
  /** In milliseconds. */
  heartbeat: number
}

/** One open stream of some flows. Unread messages wait in the message logs of the flows, not here. */
export class Stream {
  readonly #world: World
  readonly #flows: readonly Flow[]
  readonly #asEvents: boolean
  readonly #heartbeat: number
  #position: number
  #response: ServerResponse | undefined
  /** Heartbeats that were due while the reader had unread data. */
  #stalled = 0

  constructor(world: World, flows: readonly Flow[], { asEvents, after, heartbeat }: StreamOptions) {
    this.#world = world
    this.#flows = flows
    this.#asEvents = asEvents
    this.#heartbeat = heartbeat
    this.#position = Math.max(after ?? world.position, this.#forgottenUntil())
  }

  /** Takes over the reply's headers and connection, until either side ends it. */
  start(reply: FastifyReply, onEnd: () => void): void {
    const response = reply.raw
    this.#response = response
    const unsubscribe = this.#world.changes.subscribe(({ kind, flow }) => {
      if (kind === 'message' && this.#flows.includes(flow)) this.#send()
    })
    const timer = setInterval(() => this.#beat(), this.#heartbeat)
    response.on('drain', () => {
      this.#stalled = 0
      this.#send()
    })
    // Unlike the `close` event, `finished` also reports a connection that is already closed.
    finished(response, () => {
      clearInterval(timer)
      unsubscribe()
      onEnd()
    })
    response.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders)
    // Node sends the headers only with the first bytes of the body.
    response.write(this.#asEvents ? 'retry: 2000\n\n' : '\n')
    this.#send()
  }

  end(): void {
    // A reader that does not read would not read the end either.
    if (this.#response?.writableNeedDrain) this.#response.destroy()
    else this.#response?.end()
  }

  /** Sends messages until the reader's buffer is full. */
  #send(): void {
    const response = this.#response
    if (!response || response.writableNeedDrain) return
    // Messages were deleted before they were sent. Close the connection, so the reader notices the gap.
    if (this.#forgottenUntil() > this.#position) return void response.destroy()
    for (const [flow, message] of this.#unsent()) {
      if (response.writableNeedDrain || response.destroyed) return
      this.#position = message.position
      response.write(this.#encode(flow, message))
    }
  }

  #forgottenUntil(): number {
    return Math.max(0, ...this.#flows.map((flow) => flow.messages.forgottenUntil))
  }

  #unsent(): [Flow, FlowMessage][] {
    const unsent = this.#flows.flatMap((flow) =>
      flow.messages.after(this.#position).map((message): [Flow, FlowMessage] => [flow, message]),
    )
    return unsent.sort(([, one], [, other]) => one.position - other.position)
  }

  #encode(flow: Flow, message: FlowMessage): string {
    const json = JSON.stringify(messageJson(this.#world, flow, message))
    return this.#asEvents ? `id: ${message.position}\ndata: ${json}\n\n` : `${json}\r\n`
  }

  /** Disconnects a reader that has read nothing for two heartbeats. */
  #beat(): void {
    const response = this.#response
    if (!response?.writableNeedDrain) return void response?.write(this.#asEvents ? ':\n\n' : '\n')
    this.#stalled += 1
    if (this.#stalled >= 2) response.destroy()
  }
}
