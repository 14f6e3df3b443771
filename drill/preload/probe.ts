// Loaded into a Polldock process by `node --import`: measures it, and shifts its clock.
import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { answerCalls } from '../../bench/processes/remote.ts'

export type ProbeRoute = { method: string; url: string }

/** In bytes; `sockets` are its connections, of clients and its own. */
export type Memory = { rss: number; heap: number; peakRss: number; sockets: number }

/** In ms: the longest turn of the event loop, in processor time of its thread, and the longest time between two turns. */
export type Turns = { busyMs: number; lateMs: number }

const everyMs = 2
const turns: Turns = { busyMs: 0, lateMs: 0 }
let before = { cpu: process.threadCpuUsage(), at: performance.now() }
setInterval(() => {
  const { user, system } = process.threadCpuUsage(before.cpu)
  turns.busyMs = Math.max(turns.busyMs, (user + system) / 1_000)
  turns.lateMs = Math.max(turns.lateMs, performance.now() - before.at - everyMs)
  before = { cpu: process.threadCpuUsage(), at: performance.now() }
}, everyMs).unref()

const routes: ProbeRoute[] = []
/** The names that handlers looked for, by route and part of the request. */
const lookedFor = new Map<string, Set<string>>()
const RealDate = Date
let shiftMs = 0

// Fastify's own announcement of every server that is made (https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks).
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url })
  })
  fastify.addHook('preValidation', async (request) => {
    const { method, routeOptions, query, body } = request
    const route = `${method} ${routeOptions.url}`
    request.query = watched(query, `query of ${route}`)
    if (isFields(body)) request.body = watched(body, `body of ${route}`)
  })
})

function isFields(body: unknown): body is object {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && !Buffer.isBuffer(body)
}

function watched(fields: unknown, place: string): unknown {
  const names = lookedFor.get(place) ?? new Set()
  lookedFor.set(place, names)
  return new Proxy(fields as object, {
    get(target, name) {
      if (typeof name === 'string') names.add(name)
      return Reflect.get(target, name)
    },
  })
}

const calls = {
  /** After collecting garbage. `heap` counts buffers as well; `peakRss` is the most that the process ever had. */
  memory(): Memory {
    globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
    return { rss, heap: heapUsed + external, peakRss: process.resourceUsage().maxRSS * 1_024, sockets }
  },

  routes: (): ProbeRoute[] => routes,

  /** The longest turns since the call before. */
  turns(): Turns {
    const since = { ...turns }
    Object.assign(turns, { busyMs: 0, lateMs: 0 })
    return since
  },

  /** Names of fields that handlers have looked for so far, of the query or the body of a route. */
  lookedFor({ part, method, url }: ProbeRoute & { part: 'query' | 'body' }): string[] {
    return [...(lookedFor.get(`${part} of ${method} ${url}`) ?? [])]
  },

  /** Shifts the clock by these milliseconds. */
  shiftClock(ms: number): void {
    shiftMs = ms
    globalThis.Date = ShiftedDate as DateConstructor
  },
}

class ShiftedDate extends RealDate {
  constructor(...given: unknown[]) {
    super(...((given.length > 0 ? given : [RealDate.now() + shiftMs]) as [number]))
  }

  static override now(): number {
    return RealDate.now() + shiftMs
  }
}

export type ProbeCalls = typeof calls
answerCalls(calls)
