import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import { StartError } from '../database/data-dir.ts'
import type { Metrics } from './metrics.ts'

/** `metrics` is undefined when they are switched off. */
type MetricsOptions = { config: Pick<Config, 'metrics'>; metrics: Metrics | undefined }

/**
 * Serves `/metrics` on a separate port, which need not be public.
 *
 * @returns undefined when metrics are switched off
 * @throws {StartError} with one plain line for the operator
 */
export async function serveMetrics({ config, metrics }: MetricsOptions, log: FastifyBaseLogger) {
  if (!config.metrics || !metrics) return undefined
  const { host, port } = config.metrics
  const server = createServer(listener(metrics, log))
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    throw new StartError(reason(error as NodeJS.ErrnoException, host, port))
  }
  return {
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function listener(metrics: Metrics, log: FastifyBaseLogger): RequestListener {
  return async ({ method, url }, response) => {
    if (method !== 'GET' || url?.split('?', 1)[0] !== '/metrics') return response.writeHead(404).end('See /metrics\n')
    try {
      const { type, text } = await metrics.print()
      response.writeHead(200, { 'content-type': type }).end(text)
    } catch (err) {
      log.error({ err }, 'The metrics cannot be read')
      response.writeHead(500).end('The metrics cannot be read; the log says why.\n')
    }
  }
}

function reason({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const instead = 'Set METRICS_PORT to another port, or leave it out.'
  if (code === 'EADDRINUSE') return `Port ${port} on ${host}, for the metrics, is in use. ${instead}`
  if (code === 'EACCES') return `Port ${port}, for the metrics, needs root privileges. ${instead}`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `METRICS_HOST ${host} is not an address of this machine. 127.0.0.1 always is.`
  return `The metrics cannot be served on port ${port}: ${message}. ${instead}`
}
