import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type FlowdockConfig, readFlowdockConfig } from '../chat/flowdock/config.ts'
import { type MatrixConfig, readMatrixConfig, sandboxHomeserver } from '../chat/matrix/config.ts'
import { localpartOf } from '../chat/matrix/ids.ts'
import { type Config, readVariables, type Secrets } from '../config.ts'
import { StartError } from '../database/data-dir.ts'
import type { Registration } from './matrix/registration.ts'

/** Only this machine can reach the sandbox, as it has no passwords. */
const host = '127.0.0.1'

/** The homeserver that the sandbox is. */
const serverName = 'acme.example'

/** A running sandbox, and the line that says where. */
export type SandboxBeside = { ready: string; close(): Promise<void> }

const variables = z.object({ SANDBOX_MATRIX: z.enum(['on', 'off'], 'must be on or off').default('on') })

/**
 * The sandbox is a Matrix homeserver, too, unless another one is named, or with `SANDBOX_MATRIX=off`. Its rooms are lost when
 * it stops, so the tokens are new at each start.
 *
 * @throws {ConfigError}
 */
export function withSandboxVariables(config: Config): Config {
  const { environment, sandboxPort } = config
  const { SANDBOX_MATRIX: wanted } = readVariables(variables, environment)
  if (wanted === 'off' || sandboxPort === undefined) return config
  if (environment.FLOWDOCK_API_URL || environment.MATRIX_HOMESERVER_URL) return config
  const token = () => randomBytes(24).toString('base64url')
  const own = {
    MATRIX_HOMESERVER_URL: sandboxUrl(sandboxPort),
    MATRIX_SERVER_NAME: serverName,
    MATRIX_AS_TOKEN: token(),
    MATRIX_HS_TOKEN: token(),
  }
  return { ...config, environment: { ...environment, ...own } }
}

function sandboxUrl(port: number): string {
  return `http://localhost:${port}`
}

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
  const matrix = readMatrixConfig(config.environment)
  const isHomeserver = matrix !== undefined && sandboxHomeserver(config, matrix) !== undefined
  const { app } = await buildSandbox({
    ...{ applications, publicUrl: flowdock.apiUrl, logLevel },
    matrix: isHomeserver ? { registration: registration(matrix, config), serverName } : undefined,
  })
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new StartError(reason(error as NodeJS.ErrnoException, port))
  }
  const ready = `Flowdock${isHomeserver ? ' and Matrix' : ''} sandbox: ${flowdock.apiUrl.href} (in memory, gone when it stops)`
  return { ready, close: () => app.close() }
}

/** How Polldock is registered with a homeserver. */
function registration(matrix: MatrixConfig, { host, port }: Config): Registration {
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const ghosts = `@${escaped(matrix.ghostPrefix)}.*:${escaped(matrix.serverName)}`
  return {
    id: matrix.registrationId,
    as_token: matrix.asToken,
    hs_token: matrix.hsToken,
    sender_localpart: localpartOf(matrix.bot),
    // Both are on this machine, where a public URL may lead nowhere.
    url: `http://${reachable(host)}:${port}`,
    rate_limited: false,
    namespaces: { users: [{ regex: ghosts, exclusive: true }] },
  }
}

/** Where this machine reaches a server that listens on this address. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
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
