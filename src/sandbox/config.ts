import { z } from 'zod'
import { callbackUri, configurationUri, setupUri, webUrl } from './applications/application-input.ts'
import type { Application } from './state/types.ts'

export type SandboxConfig = {
  host: string
  port: number
  /** Defaults to the address on which the server listens. */
  publicUrl: URL | undefined
  logLevel: (typeof logLevels)[number]
  application: Application
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port number from 0 to 65535')

const environment = z.object({
  SANDBOX_HOST: z.string().default('127.0.0.1'),
  SANDBOX_PORT: port.default(3301),
  SANDBOX_URL: webUrl
    .refine((value) => !URL.canParse(value) || new URL(value).pathname === '/', 'must not have a path')
    .optional(),
  SANDBOX_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('warn'),
  SANDBOX_APPLICATION_NAME: z.string().max(100, 'must have at most 100 characters').default('Example application'),
  SANDBOX_APPLICATION_URL: webUrl.default('http://localhost:3300/'),
  SANDBOX_CLIENT_ID: z.string().default('example-client-id'),
  SANDBOX_CLIENT_SECRET: z.string().default('example-client-secret-that-protects-nothing'),
  SANDBOX_CALLBACK_URI: callbackUri.default('http://localhost:3300/auth/callback'),
  SANDBOX_SETUP_URI: setupUri.optional(),
  SANDBOX_CONFIGURATION_URI: configurationUri.optional(),
})

/** Invalid environment variables, one line for each. */
export class SandboxConfigError extends Error {
  override readonly name = 'SandboxConfigError'
}

/**
 * Reads the configuration from environment variables. An empty one counts as missing.
 * | @throws {SandboxConfigError}
 */
export function readSandboxConfig(variables: Record<string, string | undefined>): SandboxConfig {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const { data, error } = environment.safeParse(given)
  if (data) return fromEnvironment(data)
  throw new SandboxConfigError(error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`).join('\n'))
}

/** Reads the process's environment, and `.env` for variables that it lacks. */
export function sandboxConfigFromProcess(): SandboxConfig {
  try {
    process.loadEnvFile()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw new SandboxConfigError(`  .env cannot be read: ${message}`)
  }
  return readSandboxConfig(process.env)
}

function fromEnvironment(env: z.output<typeof environment>): SandboxConfig {
  return {
    host: env.SANDBOX_HOST,
    port: env.SANDBOX_PORT,
    publicUrl: env.SANDBOX_URL ? new URL(env.SANDBOX_URL) : undefined,
    logLevel: env.SANDBOX_LOG_LEVEL,
    application: {
      id: 1,
      name: env.SANDBOX_APPLICATION_NAME,
      url: env.SANDBOX_APPLICATION_URL,
      iconUrl: null,
      clientId: env.SANDBOX_CLIENT_ID,
      clientSecret: env.SANDBOX_CLIENT_SECRET,
      callbackUri: env.SANDBOX_CALLBACK_URI,
      setupUri: env.SANDBOX_SETUP_URI ?? null,
      configurationUri: env.SANDBOX_CONFIGURATION_URI ?? null,
    },
  }
}
