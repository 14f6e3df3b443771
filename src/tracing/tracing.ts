import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../config.ts'
import type { TraceContext } from './trace-context.ts'

/** What follows a click through all that it causes. */
export type Tracing = TraceContext & {
  /** Makes a span of every request; before all other plugins. */
  requests: FastifyPluginAsync
  /** Sends what is left. */
  close(): Promise<void>
}

/** Starts tracing if the environment asks for it; else nothing of it is so much as loaded. */
export async function startTracing({ tracing, proxies }: Config): Promise<Tracing | undefined> {
  if (!tracing) return undefined
  const { openTelemetry } = await import('./opentelemetry.ts')
  return openTelemetry(tracing, { isBehindProxy: proxies > 0 })
}
