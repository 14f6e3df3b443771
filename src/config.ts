import { hkdfSync } from 'node:crypto'
import { z } from 'zod'

/** How many requests a minute; for streams, how many at the same time. */
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

export type Config = {
  host: string
  port: number
  publicUrl: URL
  /** Undefined: the embedded database in `dataDir`. */
  databaseUrl: string | undefined
  dataDir: string
  /** Undefined: kept in `dataDir`, made at the first start. */
  secret: string | undefined
  logLevel: (typeof logLevels)[number]
  production: boolean
  /** Undefined when nothing is limited. */
  rateLimits: RateLimits | undefined
  /** How many reverse proxies stand in front; each has added one address to X-Forwarded-For. */
  proxies: number
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const number = (what: string, min: number, max: number, initial: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be ${what} from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be ${what} from ${min} to ${max}`)
    .default(initial)

const url = (protocols: string[], example: string) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL such as ${example}`,
    )

const perMinute = (initial: number) => number('requests a minute', 1, 1_000_000, initial)
const onOff = (initial: 'on' | 'off') =>
  z
    .enum(['on', 'off'], 'must be on or off')
    .default(initial)
    .transform((value) => value === 'on')

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: number('a port number', 0, 65_535, 3300),
  PUBLIC_URL: url(['http:', 'https:'], 'https://polls.example.org')
    .refine((value) => !URL.canParse(value) || new URL(value).pathname === '/', 'must not have a path')
    .optional(),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgresql://user:password@host:5432/polldock').optional(),
  DATA_DIR: z.string().default('./data'),
  SECRET: z.string().min(32, 'must have 32 characters or more, best random: openssl rand -base64 48').optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).optional(),
  NODE_ENV: z.string().default('development'),
  PROXIES: number('a number of reverse proxies', 0, 9, 0),
  RATE_LIMIT: onOff('on'),
  RATE_LIMIT_ADDRESS: perMinute(3_000),
  RATE_LIMIT_WRITE: perMinute(120),
  RATE_LIMIT_VOTE: perMinute(300),
  RATE_LIMIT_IDENTITY: perMinute(30),
  RATE_LIMIT_SEARCH: perMinute(60),
  RATE_LIMIT_STREAMS: number('open streams', 1, 1_000_000, 500),
})

/** What is wrong with the environment: one line for each key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads the configuration out of the environment's variables; an empty one counts as missing.
 *
 * @throws {ConfigError} that lists every bad key, what is wrong with it and what would be right
 */
export function readConfig(variables: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const { data, error } = environment.safeParse(given)
  const problems = error?.issues.map((issue) => problem(issue.path.join('.'), issue.message, given)) ?? []
  if (given.NODE_ENV === 'production' && !given.SECRET) {
    problems.push(
      'SECRET is missing: production needs one of 32 characters or more, best random: openssl rand -base64 48',
    )
  }
  if (!data || problems.length > 0) throw new ConfigError(problems.map((line) => `  ${line}`).join('\n'))
  return fromEnvironment(data)
}

/** Values that may hold a password are not repeated. */
function problem(key: string, message: string, given: Record<string, string | undefined>): string {
  const isSecret = key === 'SECRET' || key === 'DATABASE_URL'
  return isSecret ? `${key} ${message}` : `${key} is “${given[key]}” but ${message}`
}

function fromEnvironment(env: z.output<typeof environment>): Config {
  const production = env.NODE_ENV === 'production'
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl: new URL(env.PUBLIC_URL ?? `http://localhost:${env.PORT}`),
    databaseUrl: env.DATABASE_URL,
    dataDir: env.DATA_DIR,
    secret: env.SECRET,
    logLevel: env.LOG_LEVEL ?? (production ? 'info' : 'warn'),
    production,
    proxies: env.PROXIES,
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
  }
}

/** Reads `.env`, where there is one, and the process's environment, which has precedence. */
export function configFromProcess(): Config {
  try {
    process.loadEnvFile()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw new ConfigError(`  .env cannot be read: ${message}`)
  }
  return readConfig(process.env)
}

/** A key of 32 bytes for one purpose, so that what is signed for one never counts for another (HKDF, RFC 5869). */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `polldock ${purpose}`, 32))
}
