import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { chatProblems } from './chat/chats.ts'
import { type Config, ConfigError, configFromProcess } from './config.ts'
import { StartError } from './database/data-dir.ts'
import { startJobs } from './jobs/jobs.ts'
import { serveMetrics } from './metrics/server.ts'
import { startSandbox, withSandboxVariables } from './sandbox/beside.ts'
import { atQuietTurn, rehearseStop, stopListening } from './server/quiet-turn.ts'
import { openServices } from './services.ts'
import { startTracing } from './tracing/tracing.ts'

/** How long open connections may still send requests after new ones are refused. A proxy then sends those elsewhere. */
const lastRequestsMs = 2_000
/** How long requests in flight may take to finish during shutdown. */
const requestsTimeoutMs = 8_000
/** How long the whole shutdown may take after draining. */
const shutdownTimeoutMs = 10_000

try {
  await start(withSandboxVariables(configFromProcess(chatProblems)))
} catch (error) {
  console.error(reason(error))
  process.exit(1)
}

async function start(config: Config): Promise<void> {
  const tracing = await startTracing(config)
  const { services, close } = await openServices(config, undefined, tracing)
  const sandbox = await startSandbox(services.config, services.secrets)
  const app = await buildApp(services)
  const jobs = await startJobs(services, app.log)
  const metrics = await serveMetrics(services, app.log)
  services.peers?.start(app.log)
  services.counts.start(app.log)
  const drainMs = config.drainSeconds * 1_000
  closeWithGrace({ delay: drainMs + shutdownTimeoutMs, logger: app.log }, async ({ err }) => {
    services.health.stop()
    if (err) app.log.fatal({ err }, 'Polldock stops because of an unexpected error')
    else await sleep(drainMs)
    setTimeout(() => app.server.closeAllConnections(), requestsTimeoutMs).unref()
    await rehearseStop()
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    await atQuietTurn(app.server, () => stopListening(app.server, resolve))
    if (!err && drainMs > 0) await sleep(lastRequestsMs)
    await atQuietTurn(app.server, () => app.server.closeIdleConnections())
    await Promise.all([app.close(), closed, jobs.stop()])
    await metrics?.close()
    await sandbox?.close()
    await close()
    await tracing?.close()
  })
  await app.listen({ host: config.host, port: config.port })
  for (const warning of config.warnings) console.warn(warning)
  console.log([`Polldock is ready: ${config.publicUrl.href}`, sandbox?.ready].filter(Boolean).join('\n'))
}

/** One line for errors that the operator can fix, the stack for others. */
function reason(error: unknown): string {
  if (error instanceof ConfigError) return `Polldock cannot start with this configuration:\n${error.message}`
  if (error instanceof StartError) return error.message
  const { code, address, port } = error as { code?: string; address?: string; port?: number }
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use. Stop what uses it, or set PORT to another one.`
  if (code === 'EACCES') return `Port ${port} on ${address} needs root privileges. Set PORT to one above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${address ?? ''} is not an address of this machine. 127.0.0.1 always is.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
