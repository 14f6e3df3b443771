import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { chatProblems } from '../src/chat/chats.ts'
import { readFlowdockConfig } from '../src/chat/flowdock/config.ts'
import { ConfigError, deriveKey, readConfig, readVariables } from '../src/config.ts'

const secret = 'x'.repeat(32)

const flowdockOf = (variables: Record<string, string>) => readFlowdockConfig(readConfig(variables), [secret])

/** The error lines for these variables. */
function complaints(variables: Record<string, string>): string[] {
  try {
    readConfig(variables, chatProblems)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').map((line) => line.trim())
  }
}

test('every variable has a default', () => {
  expect(readConfig({})).toEqual({
    host: '127.0.0.1',
    port: 3300,
    publicUrl: new URL('http://localhost:3300'),
    databaseUrl: undefined,
    mayLoseData: true,
    dataDir: './data',
    secrets: undefined,
    logLevel: 'warn',
    production: false,
    drainSeconds: 0,
    proxies: 0,
    metrics: undefined,
    tracing: undefined,
    rateLimits: { address: 3_000, write: 120, vote: 300, identity: 30, search: 60, streams: 500 },
    sandboxPort: 3301,
    environment: {},
    warnings: [],
  })
})

test('every variable can be set', () => {
  const variables = {
    HOST: '::',
    PORT: '8080',
    PUBLIC_URL: 'https://polls.example.org',
    DATABASE_URL: 'postgresql://me:pw@db:5432/polls',
    ALLOW_DATA_LOSS: 'on',
    DATA_DIR: '/var/lib/polldock',
    SECRET: `${secret},${'o'.repeat(32)}`,
    LOG_LEVEL: 'debug',
    NODE_ENV: 'production',
    DRAIN_SECONDS: '20',
    DELETE_CLOSED_AFTER_DAYS: '365',
    PROXIES: '2',
    METRICS_HOST: '0.0.0.0',
    METRICS_PORT: '9464',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    RATE_LIMIT_ADDRESS: '1',
    RATE_LIMIT_WRITE: '2',
    RATE_LIMIT_VOTE: '3',
    RATE_LIMIT_IDENTITY: '4',
    RATE_LIMIT_SEARCH: '5',
    RATE_LIMIT_STREAMS: '6',
    FLOWDOCK_API_URL: 'https://flowdock.example.org',
    FLOWDOCK_CLIENT_ID: 'me',
    FLOWDOCK_CLIENT_SECRET: 'new, old',
  }
  expect(readConfig(variables)).toEqual({
    host: '::',
    port: 8080,
    publicUrl: new URL('https://polls.example.org'),
    databaseUrl: 'postgresql://me:pw@db:5432/polls',
    mayLoseData: true,
    dataDir: '/var/lib/polldock',
    secrets: [secret, 'o'.repeat(32)],
    logLevel: 'debug',
    production: true,
    drainSeconds: 20,
    deleteClosedAfterDays: 365,
    proxies: 2,
    metrics: { host: '0.0.0.0', port: 9464 },
    tracing: 'otlp',
    rateLimits: { address: 1, write: 2, vote: 3, identity: 4, search: 5, streams: 6 },
    sandboxPort: undefined,
    environment: variables,
    warnings: [expect.stringMatching(/^ALLOW_DATA_LOSS is on/)],
  })
  expect(flowdockOf(variables)).toEqual({
    apiUrl: new URL('https://flowdock.example.org'),
    clientId: 'me',
    clientSecrets: ['new', 'old'],
    sandboxPort: undefined,
  })
})

test.each<[Record<string, string>, RegExp[]]>([
  [{ NODE_ENV: 'production', SECRET: secret }, [/^PUBLIC_URL is missing: /]],
  [{ PUBLIC_URL: 'http://polls.example.org', PROXIES: '1' }, [/^PUBLIC_URL is http:.* without https, behind a proxy/]],
  [{ PUBLIC_URL: 'http://polls.example.org' }, []],
  [{ PUBLIC_URL: 'http://polldock.localhost', PROXIES: '1' }, []],
  [{ PUBLIC_URL: 'http://localhost.example.org', PROXIES: '1' }, [/behind a proxy/]],
  [{ PUBLIC_URL: 'https://polls.example.org', PROXIES: '1', NODE_ENV: 'production', SECRET: secret }, []],
  [{ RATE_LIMIT: 'off' }, [/^RATE_LIMIT is off/]],
])('the start warns about %j', (variables, expected) => {
  const { warnings } = readConfig(variables)
  expect(warnings).toHaveLength(expected.length)
  for (const [place, pattern] of expected.entries()) expect(warnings[place]).toMatch(pattern)
})

test('the public URL follows the port', () => {
  expect(readConfig({ PORT: '8080' }).publicUrl.href).toBe('http://localhost:8080/')
})

test('in production a stopping process keeps serving for a while', () => {
  expect(readConfig({ NODE_ENV: 'production', SECRET: secret }).drainSeconds).toBe(5)
})

test('a PostgreSQL may lose data only outside of production, or if configured', () => {
  const production = { NODE_ENV: 'production', SECRET: secret }
  expect(readConfig({ ALLOW_DATA_LOSS: 'off' }).mayLoseData).toBe(true)
  expect(readConfig(production).mayLoseData).toBe(false)
  expect(readConfig({ ...production, ALLOW_DATA_LOSS: 'on' }).mayLoseData).toBe(true)
})

test('an empty variable counts as missing', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '', SECRET: '', LOG_LEVEL: '' })).toEqual(readConfig({}))
})

test.each([
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'otlp'],
  [{ OTEL_TRACES_EXPORTER: 'console', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' }, 'console'],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' }, undefined],
  [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://a' }, undefined],
])('traces follow OpenTelemetry’s variables: %j', (variables, tracing) => {
  expect(readConfig(variables).tracing).toBe(tracing)
})

test('rate limits can be switched off', () => {
  expect(readConfig({ RATE_LIMIT: 'off' }).rateLimits).toBeUndefined()
})

describe('the sandbox starts with Polldock', () => {
  const production = { NODE_ENV: 'production', SECRET: secret }

  test('on the configured port', () => {
    const flowdock = flowdockOf({ SANDBOX_PORT: '4000' })
    expect(flowdock).toMatchObject({
      apiUrl: new URL('http://localhost:4000/'),
      clientId: 'polldock',
      sandboxPort: 4000,
    })
  })

  test('in production only if configured', () => {
    expect(flowdockOf(production)).toBeUndefined()
    expect(flowdockOf({ ...production, SANDBOX: 'on' })?.sandboxPort).toBe(3301)
  })

  test('unless it is switched off, and then no chat is set up', () => {
    expect(flowdockOf({ SANDBOX: 'off' })).toBeUndefined()
    expect(readConfig({ SANDBOX: 'off' }).sandboxPort).toBeUndefined()
  })

  test('not with another Flowdock', () => {
    const flowdock = { FLOWDOCK_API_URL: 'https://f.example', FLOWDOCK_CLIENT_ID: 'me', FLOWDOCK_CLIENT_SECRET: 'x' }
    expect(flowdockOf(flowdock)).toMatchObject({ apiUrl: new URL('https://f.example'), sandboxPort: undefined })
    expect(complaints({ ...flowdock, SANDBOX: 'on' })).toEqual([expect.stringMatching(/^SANDBOX is on, but/)])
  })

  test('with a generated client secret that stays the same, unless one is set', () => {
    const secrets = (variables: Record<string, string>) => flowdockOf(variables)?.clientSecrets
    expect(secrets({})).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
    expect(secrets({})).toEqual(secrets({}))
    expect(secrets({ FLOWDOCK_CLIENT_SECRET: 'given' })).toEqual(['given'])
  })
})

test('another Flowdock needs its client id and secret', () => {
  const lines = complaints({ FLOWDOCK_API_URL: 'https://flowdock.example.org' })
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    'FLOWDOCK_CLIENT_ID is missing',
    'FLOWDOCK_CLIENT_SECRET is missing',
  ])
})

test('production logs more by default', () => {
  expect(readConfig({ NODE_ENV: 'production', SECRET: secret }).logLevel).toBe('info')
  expect(readConfig({ NODE_ENV: 'production', SECRET: secret, LOG_LEVEL: 'error' }).logLevel).toBe('error')
})

describe('an invalid value is named with the expected format:', () => {
  test.each([
    [{ PORT: 'http' }, 'PORT is “http” but must be a port number from 0 to 65535'],
    [{ PORT: '65536' }, 'PORT is “65536” but must be a port number from 0 to 65535'],
    [{ PORT: '-1' }, 'PORT is “-1” but must be a port number from 0 to 65535'],
    [{ PORT: '80.5' }, 'PORT is “80.5” but must be a port number from 0 to 65535'],
    [{ PUBLIC_URL: 'polls' }, 'PUBLIC_URL is “polls” but must be a URL such as https://polls.example.org'],
    [{ PUBLIC_URL: 'ftp://a' }, 'PUBLIC_URL is “ftp://a” but must be a URL such as https://polls.example.org'],
    [{ PUBLIC_URL: 'http://a/b' }, 'PUBLIC_URL is “http://a/b” but must not have a path'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is “loud” but must be one of fatal, error, warn, info, debug, trace, silent'],
    [{ RATE_LIMIT: 'no' }, 'RATE_LIMIT is “no” but must be on or off'],
    [{ RATE_LIMIT_VOTE: '0' }, 'RATE_LIMIT_VOTE is “0” but must be requests a minute from 1 to 1000000'],
    [{ SANDBOX: 'yes' }, 'SANDBOX is “yes” but must be on or off'],
    [{ SANDBOX_PORT: '0' }, 'SANDBOX_PORT is “0” but must be a port number from 1 to 65535'],
    [
      { SECRET: `${secret},short` },
      'SECRET must be one secret, or two with a comma, each of 32 characters or more, best random: openssl rand -base64 48',
    ],
    [{ FLOWDOCK_CLIENT_SECRET: 'a,b,c' }, 'FLOWDOCK_CLIENT_SECRET must be one secret, or two with a comma'],
    [{ PROXIES: 'nginx' }, 'PROXIES is “nginx” but must be a number of reverse proxies from 0 to 9'],
  ])('%j', (variables, complaint) => {
    expect(complaints(variables as unknown as Record<string, string>)).toEqual([complaint])
  })

  test('all invalid values at once', () => {
    const keys = complaints({ PORT: 'x', LOG_LEVEL: 'x', PUBLIC_URL: 'x', SECRET: 'short' }).map(
      (line) => line.split(' ')[0],
    )
    expect(keys.sort()).toEqual(['LOG_LEVEL', 'PORT', 'PUBLIC_URL', 'SECRET'])
  })

  test('those of all chats with the others', () => {
    const flowdock = { FLOWDOCK_API_URL: 'ftp://f', FLOWDOCK_CLIENT_SECRET: ',' }
    const matrix = { MATRIX_HOMESERVER_URL: 'x', MATRIX_SERVER_NAME: 'a b', MATRIX_AS_TOKEN: 'x' }
    const keys = complaints({ PORT: 'x', SANDBOX: 'on', ...flowdock, ...matrix }).map((line) => line.split(' ')[0])
    expect(keys.sort()).toEqual([
      ...['FLOWDOCK_API_URL', 'FLOWDOCK_CLIENT_ID', 'FLOWDOCK_CLIENT_SECRET'],
      ...['MATRIX_HOMESERVER_URL', 'MATRIX_HS_TOKEN', 'MATRIX_SERVER_NAME', 'PORT', 'SANDBOX'],
    ])
  })
})

test('an error never repeats a value that may contain a password', () => {
  const lines = complaints({
    SECRET: 'hunter2',
    DATABASE_URL: 'mysql://me:hunter2@db/polls',
    FLOWDOCK_CLIENT_SECRET: 'hunter2,',
  })
  expect(lines).toHaveLength(3)
  expect(lines.join()).not.toContain('hunter2')
})

test('production needs a secret', () => {
  expect(complaints({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^SECRET is missing/)])
})

test('.env.example names every variable and its default', async () => {
  const path = fileURLToPath(new URL('../.env.example', import.meta.url))
  const example = parseEnv(await readFile(path, 'utf8'))
  expect({ ...readConfig(example), environment: {} }).toEqual(readConfig({}))
  expect(flowdockOf(example as Record<string, string>)).toEqual(flowdockOf({}))
  const sources = ['config.ts', 'chat/flowdock/config.ts', 'chat/matrix/config.ts'].map((file) =>
    readFile(fileURLToPath(new URL(`../src/${file}`, import.meta.url)), 'utf8'),
  )
  const source = (await Promise.all(sources)).join('\n')
  const variables = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name)
  const ofCaddy = ['DOMAIN', 'HTTP_PORT', 'HTTPS_PORT', 'ACME_CA', 'ACME_CA_ROOT']
  const forCompose = ['POSTGRES_PASSWORD', 'COMPOSE_PROFILES', 'PROCESSES', ...ofCaddy]
  const forChats = ['WEBHOOKS']
  expect(Object.keys(example).sort()).toEqual([...variables, ...forCompose, ...forChats].sort())
})

test('keys derived for different purposes differ, and stay the same', () => {
  expect(deriveKey(secret, 'cookies')).toHaveLength(32)
  expect(deriveKey(secret, 'cookies')).toEqual(deriveKey(secret, 'cookies'))
  expect(deriveKey(secret, 'cookies')).not.toEqual(deriveKey(secret, 'flowdock claims'))
  expect(deriveKey(secret, 'cookies')).not.toEqual(deriveKey(`${secret}!`, 'cookies'))
})

test('a chat reads its own variables, and its errors repeat no secret', () => {
  const schema = z.object({
    IRC_PORT: z.string().regex(/^\d+$/, 'must be a port number'),
    IRC_TOKEN: z.string().min(9, 'must be longer'),
  })
  const { environment } = readConfig({ IRC_PORT: '6667', IRC_TOKEN: 'long enough', IRC_NAME: '' })
  expect(readVariables(schema, environment)).toEqual({ IRC_PORT: '6667', IRC_TOKEN: 'long enough' })
  const read = () => readVariables(schema, { IRC_PORT: 'x', IRC_TOKEN: 'hunter2' })
  expect(read).toThrow(new ConfigError('  IRC_PORT is “x” but must be a port number\n  IRC_TOKEN must be longer'))
  expect(() => readVariables(schema, { IRC_TOKEN: 'long enough' })).toThrow(/^ {2}IRC_PORT Invalid input/)
})
