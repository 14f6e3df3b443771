import type { Config } from '../config.ts'
import type { Tracing } from './trace-context.ts'

/** Starts tracing if it is configured; otherwise OpenTelemetry is not even loaded. */
export async function startTracing({ tracing, proxies }: Config): Promise<Tracing | undefined> {
  if (!tracing) return undefined
  const { openTelemetry } = await import('./opentelemetry.ts')
  return openTelemetry(tracing, { isBehindProxy: proxies > 0 })
}
