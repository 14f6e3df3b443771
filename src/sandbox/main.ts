import closeWithGrace from 'close-with-grace'
import { type SandboxConfig, SandboxConfigError, sandboxConfigFromProcess } from './config.ts'
import { buildSandbox } from './sandbox.ts'

try {
  await start(sandboxConfigFromProcess())
} catch (error) {
  console.error(reason(error))
  process.exit(1)
}

async function start({ host, port, publicUrl, logLevel, application }: SandboxConfig): Promise<void> {
  const { app, world } = await buildSandbox({ applications: [application], publicUrl, logLevel })
  closeWithGrace({ delay: 5_000, logger: app.log }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'The sandbox stops because of an unexpected error')
    await app.close()
  })
  await app.listen({ host, port })
  console.log(`The Flowdock sandbox is ready: ${world.publicUrl.href} (its state is lost when it stops)`)
}

/** One line for an error that the user can fix; the stack trace for any other. */
function reason(error: unknown): string {
  if (error instanceof SandboxConfigError) {
    return `The Flowdock sandbox cannot start with this configuration:\n${error.message}`
  }
  const { code, address, port } = error as { code?: string; address?: string; port?: number }
  if (code === 'EADDRINUSE') return `Port ${port} on ${address} is in use. Set SANDBOX_PORT to another one.`
  if (code === 'EACCES') return `Port ${port} needs root privileges. Set SANDBOX_PORT to one above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'SANDBOX_HOST is not an address of this machine.'
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
