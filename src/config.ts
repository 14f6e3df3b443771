import { hkdfSync } from 'node:crypto'
import { z } from 'zod'

/** Requests a minute; for streams, the maximum open at the same time. */
export type RateLimits = {
  /** Any requests of one address. */
  address: number
  /** Changes by one person. */
  write: number
  /** Votes by one person. */
  vote: number
  /** New guests and tokens from one address. */
  identity: number
  /** Searches from one address. */
  search: number
  /** Open streams of one address. */
  streams: number
}

/** Polldock's own secrets: the first signs and encrypts, all are accepted, so one can be replaced. */
export type Secrets = readonly [string, ...string[]]

export type Environment = Readonly<Record<string, string>>

export type Config = {
  host: string
  port: number
  publicUrl: URL
  /** Undefined: the embedded database in `dataDir`. */
  databaseUrl: string | undefined
  /** Whether a PostgreSQL may have settings with which a power failure loses votes. */
  mayLoseData: boolean
  dataDir: string
  /** Undefined: kept in `dataDir`, made at the first start. */
  secrets: Secrets | undefined
  logLevel: (typeof logLevels)[number]
  production: boolean
  /** How long it still serves after SIGTERM while `/health/ready` answers 503; see `Health.stop`. */
  drainSeconds: number
  /** Undefined when rate limits are switched off. */
  rateLimits: RateLimits | undefined
  /** After how many days closed polls are deleted; undefined: never. */
  deleteClosedAfterDays: number | undefined
  /** The number of reverse proxies; each adds one address to X-Forwarded-For. */
  proxies: number
  /** Where metrics are served; undefined: nowhere. */
  metrics: { host: string; port: number } | undefined
  /** Where traces go; OpenTelemetry reads the rest of its own variables. Undefined: nowhere. */
  tracing: 'otlp' | 'console' | undefined
  /** All variables that were given, without empty ones. Each chat reads its own; see `readVariables`. */
  environment: Environment
  /** The port of the sandbox that stands for a chat where no other is named; undefined: none may start. */
  sandboxPort: number | undefined
  /** Warnings for the operator, printed at the start. */
  warnings: string[]
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const anyNumber = (what: string, min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be ${what} from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be ${what} from ${min} to ${max}`)
const number = (what: string, min: number, max: number, initial: number) => anyNumber(what, min, max).default(initial)

const url = (protocols: string[], example: string) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL such as ${example}`,
    )

const listed = (value: string) => value.split(',').map((secret) => secret.trim())
const longEnough = 32
const goodSecret = `${longEnough} characters or more, best random: openssl rand -base64 48`

const withoutPath = (value: string) => !URL.canParse(value) || new URL(value).pathname === '/'
/** Only the origin of such a URL is used. */
export const originUrl = (example: string) =>
  url(['http:', 'https:'], example).refine(withoutPath, 'must not have a path')
const perMinute = (initial: number) => number('requests a minute', 1, 1_000_000, initial)
const onOff = z.enum(['on', 'off'], 'must be on or off').transform((value) => value === 'on')

const otlpEndpoint = url(['http:', 'https:'], 'http://localhost:4318').optional()

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: number('a port number', 0, 65_535, 3300),
  PUBLIC_URL: originUrl('https://polls.example.org').optional(),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgresql://user:password@host:5432/polldock').optional(),
  ALLOW_DATA_LOSS: onOff.default(false),
  DATA_DIR: z.string().default('./data'),
  SECRET: z
    .string()
    .transform((value, { addIssue }) => {
      const secrets = readSecrets(value)
      if (!secrets) addIssue(`must be one secret, or two with a comma, each of ${goodSecret}`)
      return secrets
    })
    .optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).optional(),
  NODE_ENV: z.string().default('development'),
  DRAIN_SECONDS: anyNumber('seconds', 0, 300).optional(),
  DELETE_CLOSED_AFTER_DAYS: anyNumber('days', 1, 36_500).optional(),
  PROXIES: number('a number of reverse proxies', 0, 9, 0),
  RATE_LIMIT: onOff.default(true),
  RATE_LIMIT_ADDRESS: perMinute(3_000),
  RATE_LIMIT_WRITE: perMinute(120),
  RATE_LIMIT_VOTE: perMinute(300),
  RATE_LIMIT_IDENTITY: perMinute(30),
  RATE_LIMIT_SEARCH: perMinute(60),
  RATE_LIMIT_STREAMS: number('open streams', 1, 1_000_000, 500),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: number('a port number', 0, 65_535, 0),
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'console', 'none'], 'must be otlp, console or none').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otlpEndpoint,
  SANDBOX: onOff.optional(),
  SANDBOX_PORT: number('a port number', 1, 65_535, 3301),
})

/** Errors in the environment: one line for each key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** What is wrong with the variables of chats, one line for each. */
export type ChatProblems = (environment: Environment) => string[]

/**
 * Reads the configuration from environment variables; an empty one counts as missing.
 *
 * @param chatProblems is called to list them, too: only the chats know their variables
 * @throws {ConfigError} that lists every invalid variable and a valid value
 */
export function readConfig(
  variables: Record<string, string | undefined>,
  chatProblems: ChatProblems = () => [],
): Config {
  const given = Object.fromEntries(Object.entries(variables).filter(isGiven))
  const { data, error } = environment.safeParse(given)
  const problems = error?.issues.map((issue) => problem(issue.path.join('.'), issue.message, given)) ?? []
  if (given.NODE_ENV === 'production' && !given.SECRET) {
    problems.push(`SECRET is missing: production needs one of ${goodSecret}`)
  }
  problems.push(...chatProblems(given))
  if (!data || problems.length > 0) throw new ConfigError(problems.map((line) => `  ${line}`).join('\n'))
  return { ...fromEnvironment(data), environment: given }
}

function isGiven(variable: [key: string, value: string | undefined]): variable is [string, string] {
  return Boolean(variable[1])
}

/**
 * Reads variables of one chat. Values whose name ends with SECRET or TOKEN are not repeated in errors.
 *
 * @param others problems that the schema does not find, one line for each
 * @throws {ConfigError} that lists every invalid variable and a valid value
 */
export function readVariables<Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment,
  others: readonly string[] = [],
): z.output<Schema> {
  const { data, error } = schema.safeParse(environment)
  const invalid = error?.issues.map((issue) => problem(issue.path.join('.'), issue.message, environment)) ?? []
  const problems = [...invalid, ...others]
  if (data === undefined || problems.length > 0) throw new ConfigError(problems.map((line) => `  ${line}`).join('\n'))
  return data
}

/** Does not repeat values that can hold a password. */
function problem(key: string, message: string, given: Environment): string {
  const isSecret = key === 'DATABASE_URL' || /(SECRET|TOKEN)$/.test(key)
  return isSecret || given[key] === undefined ? `${key} ${message}` : `${key} is “${given[key]}” but ${message}`
}

function fromEnvironment(env: z.output<typeof environment>): Omit<Config, 'environment'> {
  const production = env.NODE_ENV === 'production'
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl: new URL(env.PUBLIC_URL ?? `http://localhost:${env.PORT}`),
    databaseUrl: env.DATABASE_URL,
    mayLoseData: env.ALLOW_DATA_LOSS || !production,
    dataDir: env.DATA_DIR,
    secrets: env.SECRET,
    logLevel: env.LOG_LEVEL ?? (production ? 'info' : 'warn'),
    production,
    drainSeconds: env.DRAIN_SECONDS ?? (production ? 5 : 0),
    deleteClosedAfterDays: env.DELETE_CLOSED_AFTER_DAYS,
    proxies: env.PROXIES,
    metrics: env.METRICS_PORT ? { host: env.METRICS_HOST, port: env.METRICS_PORT } : undefined,
    rateLimits: env.RATE_LIMIT
      ? {
          address: env.RATE_LIMIT_ADDRESS,
          write: env.RATE_LIMIT_WRITE,
          vote: env.RATE_LIMIT_VOTE,
          identity: env.RATE_LIMIT_IDENTITY,
          search: env.RATE_LIMIT_SEARCH,
          streams: env.RATE_LIMIT_STREAMS,
        }
      : undefined,
    tracing: tracingOf(env),
    warnings: warningsFor(env, production),
    sandboxPort: (env.SANDBOX ?? !production) ? env.SANDBOX_PORT : undefined,
  }
}

function warningsFor(env: z.output<typeof environment>, production: boolean): string[] {
  const { PUBLIC_URL: publicUrl, PROXIES: proxies, RATE_LIMIT: isLimited } = env
  const isPlain = publicUrl !== undefined && new URL(publicUrl).protocol === 'http:' && !isThisMachine(publicUrl)
  return [
    ...(production && publicUrl === undefined
      ? [
          'PUBLIC_URL is missing: links in chats lead to localhost, and cookies are not Secure. Set it to the address that people open.',
        ]
      : []),
    ...(isPlain && proxies > 0
      ? [
          `PUBLIC_URL is ${publicUrl}, without https, behind a proxy: cookies are not Secure, and links lead to plain http. Set it to the https address that people open.`,
        ]
      : []),
    ...(env.ALLOW_DATA_LOSS
      ? ['ALLOW_DATA_LOSS is on: a power failure of PostgreSQL may lose votes. Only for tests.']
      : []),
    ...(isLimited ? [] : ['RATE_LIMIT is off: nothing stops a flood of requests. Only for load tests.']),
  ]
}

/** Browsers resolve every name under localhost to their own machine. */
function isThisMachine(url: string): boolean {
  return /(^|\.)localhost$/.test(new URL(url).hostname)
}

function tracingOf(env: z.output<typeof environment>): Config['tracing'] {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT
  const exporter = env.OTEL_TRACES_EXPORTER ?? (endpoint && 'otlp')
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || exporter === 'none' || !exporter
  return isOff ? undefined : exporter
}

/** One secret, or two with a comma; undefined when the text is invalid. */
export function readSecrets(text: string): Secrets | undefined {
  const [first = '', ...others] = listed(text)
  return others.length <= 1 && [first, ...others].every(({ length }) => length >= longEnough)
    ? [first, ...others]
    : undefined
}

/** Reads `.env`, if it exists, and the process's environment, which has precedence. */
export function configFromProcess(chatProblems?: ChatProblems): Config {
  try {
    process.loadEnvFile()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw new ConfigError(`  .env cannot be read: ${message}`)
  }
  return readConfig(process.env, chatProblems)
}

/**
 * The purposes of derived keys, besides those of chats. Each is used in one place, so a value signed for one purpose is
 * invalid for others.
 */
export const keyPurposes = [
  'cookies',
  'newcomer cookie',
  'news cookie',
  'private_link cookie',
  'chat credentials',
  'chat sign-ins',
  'secret ballots',
  'sandbox client',
] as const

/** A chat's own purposes begin with its key. */
export type KeyPurpose = (typeof keyPurposes)[number] | `${string} claims`

/** The keys for one purpose: the first signs and encrypts, all are accepted. */
export function deriveKeys([first, ...others]: Secrets, purpose: KeyPurpose): [Buffer, ...Buffer[]] {
  return [deriveKey(first, purpose), ...others.map((secret) => deriveKey(secret, purpose))]
}

/** A key of 32 bytes for one purpose (HKDF, RFC 5869). */
export function deriveKey(secret: string, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `polldock ${purpose}`, 32))
}
