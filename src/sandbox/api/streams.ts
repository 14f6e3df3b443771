import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Identity } from '../identity.ts'
import type { Flow } from '../state/flow.ts'
import type { World } from '../world.ts'
import { type Access, demandScope, type FlowPath } from './access.ts'
import { blank, Failure, validationError } from './failure.ts'
import { flag, optional, parse, text } from './inputs.ts'
import { MessageTexts, Stream } from './stream.ts'

const maxStreams = 500
const maxFlows = 100

const query = z.object({
  filter: optional(text(5_000)),
  user: flag,
  accept: optional(text(100)),
  active: optional(z.enum(['true', 'idle'], { error: 'is not included in the list' })),
  access_token: optional(text(2_000)),
})

/**
 * All open streams. Flowdock streams from another host, where `GET /flows` and `GET /flows/:org/:flow` are streams. One server
 * is both hosts of the sandbox. A host called `stream.…`, such as `stream.localhost`, is the second. At any other host, these
 * addresses are the REST API's, unless the request accepts an event stream, or has `filter` or `accept`, which only streams
 * have. So a client that cannot use a second host gets every stream, too.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/streaming.md
 */
export class Streams {
  readonly #world: World
  readonly #access: Access
  readonly #heartbeat: number
  readonly #texts: MessageTexts
  readonly #open = new Set<Stream>()

  /** @param heartbeat the interval of heartbeats, in milliseconds */
  constructor(world: World, access: Access, heartbeat: number) {
    this.#world = world
    this.#texts = new MessageTexts(world)
    this.#access = access
    this.#heartbeat = heartbeat
  }

  isAskedFor({ query, headers, host }: FastifyRequest): boolean {
    const parameters = query as Record<string, unknown>
    if (['filter', 'accept'].some((name) => parameters[name] !== undefined)) return true
    return /^stream\./i.test(host) || /\btext\/event-stream\b/.test(headers.accept ?? '')
  }

  /** The flows that `filter` lists, by ids or names, and with `user=1` the private messages to the user. */
  openFiltered(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const identity = this.#access.demand(request, reply, 'flow', 'private')
    const { filter, user } = parse(query, request.query)
    const references = filter?.split(',').filter((reference) => reference.trim() !== '') ?? []
    if (references.length > 0) demandScope(identity, 'flow')
    if (references.length === 0 && !user) throw validationError({ filter: [blank] })
    if (references.length > maxFlows) throw validationError({ filter: [`are too many (maximum is ${maxFlows})`] })
    const flows = references.map((reference) => this.#access.flowByReference(reference.trim(), identity))
    return this.#stream(request, reply, identity, [...new Set(flows)])
  }

  openOne(request: FastifyRequest, reply: FastifyReply, path: FlowPath): FastifyReply {
    const identity = this.#access.demand(request, reply, 'flow')
    return this.#stream(request, reply, identity, [this.#access.flow(path, identity)])
  }

  /** Ends every stream, before the server stops. */
  close(): void {
    for (const stream of this.#open) stream.end()
  }

  #stream(request: FastifyRequest, reply: FastifyReply, identity: Identity, flows: Flow[]): FastifyReply {
    const { accept, active, user: isPrivate } = parse(query, request.query)
    if (isPrivate) demandScope(identity, 'private')
    const type = accept ?? request.headers.accept ?? ''
    const asEvents = /\btext\/event-stream\b/.test(type)
    reply.type(asEvents ? 'text/event-stream; charset=utf-8' : 'application/json; charset=utf-8')
    reply.header('cache-control', 'no-store')
    // Only the headers.
    if (request.method === 'HEAD') return reply.send('')
    if (this.#open.size >= maxStreams) throw new Failure(503, 'Too many streams are open. Try again later.')
    const after = asEvents ? lastPosition(request) : undefined
    const options = { texts: this.#texts, asEvents, after, heartbeat: this.#heartbeat, active }
    const stream = new Stream(this.#world, { identity, flows, isPrivate }, options)
    this.#open.add(stream)
    reply.hijack()
    stream.start(reply, () => this.#open.delete(stream))
    return reply
  }
}

function lastPosition({ headers }: FastifyRequest): number | undefined {
  const { 'last-event-id': id } = headers
  return typeof id === 'string' && /^\d{1,16}$/.test(id) ? Number(id) : undefined
}
