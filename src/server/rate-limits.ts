import { finished } from 'node:stream'
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { RateLimits } from '../config.ts'
import type { Services } from '../services.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** preHandlers that count a request against its person or address. */
    limits: Record<keyof RateLimits, Limit>
  }
}

type Limit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** Error handlers of pages and API read `statusCode`. */
class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests'
  readonly statusCode = 429
}

const minuteInMs = 60_000
/** How many addresses and people are remembered. Beyond that, the least recently seen are forgotten. */
const maxCounted = 50_000
/** The longest prefix that a provider assigns to one customer. */
const ipv6Subnet = 64

/**
 * Every request counts against the limit of its address. Costly requests also have separate limits for each person, or
 * for each address before there is a person. Each process counts in its memory.
 */
export const rateLimits = fastifyPlugin(
  async (app, { services }: { services: Pick<Services, 'config' | 'metrics'> }) => {
    const { rateLimits: limits } = services.config
    if (!limits) {
      const free: Limit = async () => {}
      app.decorate('limits', { address: free, write: free, vote: free, identity: free, search: free, streams: free })
      return
    }
    await app.register(rateLimit, { global: false, cache: maxCounted })
    const perMinute = (max: number, keyGenerator: (request: FastifyRequest) => string = addressOf): Limit => {
      const count = app.createRateLimit({ max, timeWindow: minuteInMs, keyGenerator })
      return async (request, reply) => {
        const result = await count(request)
        if (!result.isAllowed && result.isExceeded) refuse(reply, result.ttlInSeconds)
      }
    }
    const perPersonOrAddress = (max: number): Limit => {
      const ofAddress = perMinute(max)
      const ofPerson = perMinute(max, ({ person }) => person?.id ?? '')
      return (request, reply) => (request.person ? ofPerson : ofAddress)(request, reply)
    }
    const address = perMinute(limits.address)
    const slots = new StreamSlots()
    services.metrics?.watchStreamSlots(() => slots.size)
    // Node asks the system for the address when it is first read, and keeps it: later, a reset connection has none.
    app.server.on('connection', ({ remoteAddress }) => remoteAddress)
    app.addHook('onRequest', address)
    app.decorate('limits', {
      address,
      write: perPersonOrAddress(limits.write),
      vote: perPersonOrAddress(limits.vote),
      identity: perMinute(limits.identity),
      search: perMinute(limits.search),
      streams: atOnce(limits.streams, slots),
    })
  },
)

/** Counts what is open at the same time rather than in a minute. */
function atOnce(max: number, slots: StreamSlots): Limit {
  return async (request, reply) => {
    if (!slots.take(addressOf(request), max, reply)) refuse(reply, 30)
  }
}

/**
 * What requests are counted by. An IPv6 network of one customer is one address, as more of them cost nothing; an IPv4
 * address written as IPv6 is the IPv4 address. The system does not know the address of a connection that was reset
 * before it was accepted: these count together.
 */
function addressOf({ ip }: { ip: string | undefined }): string {
  return ip === undefined ? 'reset' : normalizeIP(ip, ipv6Subnet)
}

function refuse(reply: FastifyReply, seconds: number): never {
  reply.header('retry-after', seconds)
  throw new TooManyRequests(`Too many requests. Try again in ${seconds} seconds.`)
}

/** Counts event streams that are open at the same time, by the address of the client. */
class StreamSlots {
  readonly #open = new Map<string, number>()

  get size(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0)
  }

  /**
   * Takes a slot until the answer has ended or its connection has broken, also if that has happened already.
   *
   * @returns false when the address has `max` streams open
   */
  take(address: string, max: number, { raw: response }: FastifyReply): boolean {
    const count = this.#open.get(address) ?? 0
    if (count >= max) return false
    this.#open.set(address, count + 1)
    // Unlike the `close` event, this also tells a listener that comes too late.
    finished(response, () => this.#free(address))
    return true
  }

  #free(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1
    if (left > 0) this.#open.set(address, left)
    else this.#open.delete(address)
  }
}
