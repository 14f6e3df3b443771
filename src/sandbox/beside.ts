import { type FlowdockConfig, readFlowdockConfig } from '../chat/flowdock/config.ts'
import type { Config, Secrets } from '../config.ts'
import { StartError } from '../database/data-dir.ts'

/** Only this machine can reach the sandbox, as it has no passwords. */
const host = '127.0.0.1'

/** A running sandbox, and the line that says where. */
export type SandboxBeside = { ready: string; close(): Promise<void> }

/**
 * Starts the sandbox that the configuration asks for, which knows Polldock as an application.
 *
 * @returns undefined when none is asked for
 * @throws {StartError} with one plain line for the operator
 */
export async function startSandbox(config: Config, secrets: Secrets): Promise<SandboxBeside | undefined> {
  const { publicUrl, logLevel } = config
  const flowdock = readFlowdockConfig(config, secrets)
  const port = flowdock?.sandboxPort
  if (!flowdock || port === undefined) return undefined
  // Loaded only when it is asked for.
  const { buildSandbox } = await import('./sandbox.ts')
  const applications = [application(flowdock, publicUrl)]
  const { app } = await buildSandbox({ applications, publicUrl: flowdock.apiUrl, logLevel })
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new StartError(reason(error as NodeJS.ErrnoException, port))
  }
  const ready = `Flowdock sandbox: ${flowdock.apiUrl.href} (in memory, gone when it stops)`
  return { ready, close: () => app.close() }
}

/** How Polldock is registered with a Flowdock. */
export function application(
  { clientId, clientSecrets }: Pick<FlowdockConfig, 'clientId' | 'clientSecrets'>,
  publicUrl: URL,
) {
  const at = (path: string) => new URL(path, publicUrl).href
  return {
    id: 1,
    name: 'Polldock',
    url: publicUrl.href,
    iconUrl: null,
    clientId,
    clientSecret: clientSecrets[0] ?? '',
    callbackUri: at('/auth/flowdock/callback'),
    setupUri: `${at('/flowdock/setup')}?flow={flow_id}&flow_url={flow_url}`,
    configurationUri: `${at('/flowdock/configure')}?source={source_id}&source_url={source_url}`,
  }
}

function reason({ code, message }: NodeJS.ErrnoException, port: number): string {
  const instead = 'Set SANDBOX_PORT to another one, or SANDBOX=off.'
  if (code === 'EADDRINUSE') return `Port ${port} on ${host}, for the Flowdock sandbox, is in use. ${instead}`
  if (code === 'EACCES') return `Port ${port}, for the Flowdock sandbox, needs root privileges. ${instead}`
  return `The Flowdock sandbox cannot start on port ${port}: ${message}. ${instead}`
}
