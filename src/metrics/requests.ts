import { Counter, Histogram, type Registry } from '@prometheus-io/client'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** In seconds: a vote takes a few milliseconds, and nothing takes longer than the 30 s that a request has. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Metrics of requests, by route template: URLs themselves would make too many series. */
export class RequestMetrics {
  readonly #duration: Histogram<'method' | 'route' | 'status'>
  readonly #shed: Counter<'rank'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer a request, without event streams.',
      labelNames: ['method', 'route', 'status'],
      registers,
      buckets,
    })
    this.#shed = new Counter({
      name: 'polldock_requests_shed_total',
      help: 'Requests refused because of overload.',
      labelNames: ['rank'],
      registers,
    })
  }

  answered({ method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
    const route = routeOptions.url ?? 'unknown'
    const labels = { method, route, status: `${Math.floor(reply.statusCode / 100)}xx` }
    this.#duration.observe(labels, reply.elapsedTime / 1_000)
  }

  shed(rank: string): void {
    this.#shed.inc({ rank })
  }
}

/** Measures every request except event streams, which bypass Fastify's `onResponse` hook. */
export const requestMetrics = fastifyPlugin(async (app, { metrics }: { metrics: RequestMetrics | undefined }) => {
  if (!metrics) return
  app.addHook('onResponse', (request, reply, done) => {
    metrics.answered(request, reply)
    done()
  })
})
