import { z } from 'zod'
import { type Config, deriveKeys, type Environment, originUrl, readVariables, type Secrets } from '../../config.ts'

/** The Flowdock that polls are mirrored to, and Polldock's application there. */
export type FlowdockConfig = {
  /** Only its origin is used, for the API and for OAuth. */
  apiUrl: URL
  clientId: string
  /** The first signs, all are accepted, so a secret can be replaced. */
  clientSecrets: string[]
  /** The port of the sandbox that starts with Polldock as this Flowdock; undefined without one. */
  sandboxPort: number | undefined
}

const clientSecret = z
  .string()
  .transform((value) => value.split(',').map((secret) => secret.trim()))
  .refine((secrets) => secrets.length <= 2 && !secrets.includes(''), 'must be one secret, or two with a comma')

const variables = z.object({
  FLOWDOCK_API_URL: originUrl('https://api.flowdock.example.org').optional(),
  FLOWDOCK_CLIENT_ID: z.string().optional(),
  FLOWDOCK_CLIENT_SECRET: clientSecret.optional(),
})

/** @throws {ConfigError} that lists every invalid, missing or contradictory variable */
export function readFlowdockVariables(environment: Environment): z.output<typeof variables> {
  return readVariables(variables, environment, contradictions(environment))
}

function contradictions(given: Environment): string[] {
  if (!given.FLOWDOCK_API_URL) return []
  const needed = ['FLOWDOCK_CLIENT_ID', 'FLOWDOCK_CLIENT_SECRET'].filter((key) => !given[key])
  const problems = needed.map(
    (key) => `${key} is missing: the Flowdock at FLOWDOCK_API_URL gave it to your application`,
  )
  if (given.SANDBOX === 'on')
    problems.push('SANDBOX is on, but FLOWDOCK_API_URL names another Flowdock: leave one of them out')
  return problems
}

/**
 * The sandbox stands for Flowdock where no other is named. Its client secret is derived if none is set.
 *
 * @returns undefined when no Flowdock is configured
 * @throws {ConfigError}
 */
export function readFlowdockConfig(
  { environment, sandboxPort: port }: Pick<Config, 'environment' | 'sandboxPort'>,
  secrets: Secrets,
): FlowdockConfig | undefined {
  const given = readFlowdockVariables(environment)
  const sandboxPort = given.FLOWDOCK_API_URL ? undefined : port
  const apiUrl = given.FLOWDOCK_API_URL ?? (sandboxPort && `http://localhost:${sandboxPort}`)
  if (!apiUrl) return undefined
  const derived = () => deriveKeys(secrets, 'sandbox client').map((key) => key.toString('base64url'))
  return {
    apiUrl: new URL(apiUrl),
    clientId: given.FLOWDOCK_CLIENT_ID ?? 'polldock',
    clientSecrets: given.FLOWDOCK_CLIENT_SECRET ?? derived(),
    sandboxPort,
  }
}
