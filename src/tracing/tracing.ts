import type { Config } from '../config.ts'
import type { Tracing } from './trace-context.ts'

/** Starts tracing if the environment asks for it; else nothing of it is so much as loaded. */
export async function startTracing({ tracing, proxies }: Config): Promise<Tracing | undefined> {
  if (!tracing) return undefined
  const { openTelemetry } = await import('./opentelemetry.ts')
  return openTelemetry(tracing, { isBehindProxy: proxies > 0 })
}
