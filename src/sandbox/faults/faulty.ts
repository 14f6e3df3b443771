import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Fault } from './fault.ts'
import type { Faults } from './faults.ts'

type FaultyOptions = {
  faults: Faults
  /** Of a request, as faults name it. */
  pathOf?: (path: string) => string
  /** The body of an answer with a fault's status. */
  answer?: (fault: StatusFault) => object
}

type StatusFault = Extract<Fault, { kind: 'status' }>

/** Applies the faults to the routes of the Fastify scope in which this plugin is registered. */
export const faulty = fastifyPlugin(async (app, options: FaultyOptions) => {
  const { faults, pathOf = (path) => path, answer = plainAnswer } = options
  const lost = new WeakSet<FastifyRequest>()
  const held = new Set<Socket>()
  const closing = new AbortController()

  app.addHook('onRequest', async (request, reply) => {
    const { method, url, originalUrl } = request
    const fault = faults.take(method, ...[originalUrl, url].map((one) => pathOf(one.split('?', 1)[0] ?? '')))
    if (fault?.kind === 'status') return fail(reply, fault, answer(fault))
    if (fault?.kind === 'slow') return delay(request, reply, fault.ms)
    if (fault?.kind === 'lose-reply') lost.add(request)
    else if (fault) return silence(request, reply, fault.kind)
  })
  app.addHook('onSend', async (request, _reply, payload) => {
    if (lost.has(request)) request.raw.socket.resetAndDestroy()
    return payload
  })
  app.addHook('preClose', async () => {
    closing.abort()
    for (const socket of held) socket.destroy()
  })

  async function delay(request: FastifyRequest, reply: FastifyReply, ms: number): Promise<FastifyReply | undefined> {
    try {
      await sleep(ms, undefined, { signal: closing.signal })
    } catch {
      return silence(request, reply, 'close')
    }
  }

  function silence(request: FastifyRequest, reply: FastifyReply, kind: 'hang' | 'close' | 'reset'): FastifyReply {
    const { socket } = request.raw
    reply.hijack()
    if (kind === 'close') socket.destroy()
    if (kind === 'reset') socket.resetAndDestroy()
    if (kind === 'hang') hold(socket)
    return reply
  }

  function hold(socket: Socket): void {
    if (closing.signal.aborted) return void socket.destroy()
    held.add(socket)
    socket.once('close', () => held.delete(socket))
  }
})

function fail(reply: FastifyReply, { status, retryAfter }: StatusFault, body: object): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  return reply.code(status).send(body)
}

function plainAnswer({ status }: StatusFault): object {
  return { message: `The sandbox was asked to answer ${status}.` }
}
