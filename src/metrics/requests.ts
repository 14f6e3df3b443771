import { Counter, Histogram, type Registry } from '@prometheus-io/client'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** In seconds: a vote takes a few milliseconds, and nothing takes longer than the 30 s that a request has. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Requests by the template of their route: addresses themselves are without number. */
export class RequestMetrics {
  readonly #duration: Histogram<'method' | 'route' | 'status'>
  readonly #shed: Counter<'rank'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'How long answers took; event streams are not among them.',
      labelNames: ['method', 'route', 'status'],
      registers,
      buckets,
    })
    this.#shed = new Counter({
      name: 'polldock_requests_shed_total',
      help: 'Requests that were refused because of too much load.',
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

/** Measures every request. Event streams are taken out of Fastify's hands, and so end without this hook. */
export const requestMetrics = fastifyPlugin(async (app, { metrics }: { metrics: RequestMetrics | undefined }) => {
  if (!metrics) return
  app.addHook('onResponse', (request, reply, done) => {
    metrics.answered(request, reply)
    done()
  })
})
