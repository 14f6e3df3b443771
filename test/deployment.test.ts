import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { documented, rollingRestart } from '../drill/compose/documented.ts'
import { readConfig } from '../src/config.ts'

type Service = {
  image: string
  environment: Record<string, string>
  healthcheck?: object
  read_only: boolean
  cap_drop: string[]
  security_opt: string[]
  mem_limit: string
  stop_grace_period: string
  init: boolean
  restart: string
  volumes?: (string | { type: string; source: string; target: string; read_only?: boolean })[]
  ports?: string[]
}

const read = (path: string) => readFileSync(fileURLToPath(new URL(join('..', path), import.meta.url)), 'utf8')
const exists = (path: string) => existsSync(fileURLToPath(new URL(join('..', path), import.meta.url)))
const composeText = read('docker-compose.yml')
const { services, volumes } = parse(composeText, { merge: true }) as {
  services: Record<string, Service>
  volumes: object
}
const dockerfile = DockerfileParser.parse(read('Dockerfile'))
const caddyfile = read('docker/Caddyfile')
const unit = read('docker/systemd/polldock@.service')

/** The variables that a configuration reads, by the names in its source. */
const known = (path: string) => [...read(path).matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name)
/** The variables that the compose file takes from .env. */
const taken = new Set([...composeText.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name))

test('the Dockerfile is valid', () => {
  expect(validate(read('Dockerfile')).map(({ message }) => message)).toEqual([])
})

test('the compose file is valid by the schema of the Compose Specification', async () => {
  expect(schemaErrors(fileURLToPath(new URL('../docker-compose.yml', import.meta.url)))).toEqual([])
  const folder = await mkdtemp(join(tmpdir(), 'polldock-compose-'))
  const wrong = join(folder, 'docker-compose.yml')
  await writeFile(wrong, composeText.replace('start_interval:', 'start_intervall:'))
  expect(schemaErrors(wrong)).toHaveLength(1)
  await rm(folder, { recursive: true })
})

/** The linter's schema errors: its other rules are matters of taste. */
function schemaErrors(path: string): unknown[] {
  const linter = fileURLToPath(new URL('../node_modules/.bin/dclint', import.meta.url))
  const { stdout } = spawnSync(linter, ['--formatter', 'json', path], { encoding: 'utf8' })
  const [{ messages }] = JSON.parse(stdout) as [{ messages: { rule: string }[] }]
  return messages.filter(({ rule }) => rule === 'invalid-schema')
}

test('the image copies only files that exist and that .dockerignore lets through', () => {
  const copied = dockerfile.getCOPYs().filter((copy) => !copy.getFlags().some((flag) => flag.getName() === 'from'))
  const sources = copied.flatMap((copy) =>
    copy
      .getArguments()
      .slice(0, -1)
      .map((argument) => argument.getValue()),
  )
  expect(sources).toContain('src')
  const letThrough = read('.dockerignore')
    .match(/^!.+$/gm)
    ?.map((line) => line.slice(1))
  for (const source of sources) {
    expect(exists(source), source).toBe(true)
    expect(letThrough).toContain(source)
  }
})

test('images are pinned to an exact version', () => {
  const [node] = dockerfile.getARGs().map((one) => one.getProperty()?.getValue() ?? '')
  const images = [node ?? '', ...Object.values(services).map(({ image }) => image)].filter((one) => one !== 'polldock')
  for (const image of images) expect(image).toMatch(/^[a-z]+:\d+\.\d+(\.\d+)?-[a-z]+$/)
  expect(node).toBe(`node:${JSON.parse(read('node_modules/node/package.json')).version}-slim`)
})

test('the program runs without privileges, and reports its health', () => {
  const last = dockerfile
    .getInstructions()
    .filter((one) => one.getKeyword() === 'USER')
    .at(-1)
  expect(last?.getArguments().map((argument) => argument.getValue())).toEqual(['node'])
  expect(dockerfile.getHEALTHCHECKs()).toHaveLength(1)
})

test.each(Object.entries(services))('%s has only the privileges that it needs', (_name, service) => {
  expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
  expect(service).toMatchObject({
    init: true,
    restart: 'unless-stopped',
    mem_limit: expect.stringMatching(/^\d+[mg]$/),
  })
  expect(service.stop_grace_period).toMatch(/^\d+s$/)
  for (const volume of service.volumes ?? []) {
    if (typeof volume !== 'string') expect(volume).toMatchObject({ type: 'bind', read_only: true })
    else if (volume.startsWith('.')) expect(volume).toMatch(/:ro$/)
    else expect(volumes).toHaveProperty(volume.split(':')[0] ?? '')
  }
})

test('Polldock gets enough time to drain before Docker or systemd kills it', () => {
  const { drainSeconds } = readConfig({ NODE_ENV: 'production', SECRET: 'x'.repeat(32) })
  const graceMs = /^const shutdownTimeoutMs = ([\d_]+)$/m.exec(read('src/main.ts'))?.[1]?.replaceAll('_', '')
  const maxSeconds = drainSeconds + Number(graceMs) / 1_000
  expect(Number.parseInt(services.polldock?.stop_grace_period ?? '', 10)).toBeGreaterThan(maxSeconds)
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(maxSeconds)
})

test('Caddy closes idle connections while a process that stops still serves them', () => {
  const keepaliveSeconds = Number(/^\s*keepalive (\d+)s$/m.exec(caddyfile)?.[1])
  const lastRequestsMs = Number(
    /^const lastRequestsMs = ([\d_]+)$/m.exec(read('src/main.ts'))?.[1]?.replaceAll('_', ''),
  )
  expect(keepaliveSeconds * 1_000).toBeLessThan(lastRequestsMs)
})

test('docs/operating.md has the commands that the drills of the compose file run', async () => {
  expect(await rollingRestart()).toMatch(/^docker compose up .* --scale polldock=\$\(\(2 \* /m)
  // With it, the next `docker compose up` takes all new containers for outdated, and starts them again at the same time.
  expect(await rollingRestart()).not.toContain('--no-deps')
  expect(await documented('## Back up and restore')).toMatch(/^docker compose exec .* pg_dump .* > polldock\.dump$/)
  for (const below of ['Restore it into an empty database:', 'On another machine'])
    expect(await documented(below)).toMatch(/^docker compose exec .* pg_restore .* < polldock\.dump$/m)
})

test('Polldock and the sandbox read every variable that they get', () => {
  const read = ['src/config.ts', 'src/chat/flowdock/config.ts'].flatMap(known)
  expect(read).toEqual(expect.arrayContaining(Object.keys(services.polldock?.environment ?? {})))
  const inUnit = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, variables = '']) => variables.split(' '))
  const names = inUnit
    .map((variable) => variable.split('=', 1)[0] ?? '')
    .filter((name) => !/^(NODE|MALLOC)_/.test(name))
  expect(names).toContain('DATA_DIR')
  expect(read).toEqual(expect.arrayContaining(names))
  expect(known('src/sandbox/config.ts')).toEqual(
    expect.arrayContaining(Object.keys(services.sandbox?.environment ?? {})),
  )
})

test('the unit of systemd sets the memory allocator as the image does', () => {
  const ofMalloc = (text: string) => text.match(/\bMALLOC_\w+=\d+/g)
  expect(ofMalloc(unit)).toEqual(ofMalloc(read('Dockerfile')))
  expect(ofMalloc(unit)).toHaveLength(2)
})

test('the Caddy configuration reads every variable that it gets', () => {
  const read = [...caddyfile.matchAll(/\{\$([A-Z_]+)/g)].map(([, name]) => name)
  expect(Object.keys(services.caddy?.environment ?? {}).sort()).toEqual([...new Set(read)].sort())
})

test('no service starts without the secrets', () => {
  for (const name of ['SECRET', 'POSTGRES_PASSWORD']) {
    const uses = composeText.match(new RegExp(`\\$\\{${name}\\b[^}]*\\}`, 'g')) ?? []
    expect(uses.length).toBeGreaterThan(0)
    for (const use of uses) expect(use).toMatch(/:\?write one /)
  }
})

test('.env.example names every variable of the compose file', () => {
  const example = Object.keys(parseEnv(read('.env.example')))
  expect(example).toEqual(expect.arrayContaining([...taken]))
})

test('with the sandbox, whose secret is public, no port is open to other machines', () => {
  const ports = Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`))
  expect(ports.length).toBeGreaterThan(2)
  for (const port of ports) expect(port).toMatch(/^\w+ (\$\{COMPOSE_PROFILES:\+127\.0\.0\.1:\}|127\.0\.0\.1:)/)
})

test('the proxy drops a client’s X-Request-ID', () => {
  expect(caddyfile).toMatch(/^\s*header_up X-Request-ID \{http\.request\.uuid\}$/m)
})

test('Polldock’s role owns its database and is no superuser', () => {
  const { environment, volumes = [] } = services.postgres as Service
  expect(environment).not.toHaveProperty('POSTGRES_USER')
  const mounted = volumes
    .map((volume) => String(volume).split(':'))
    .find(([, inside]) => inside?.startsWith('/docker-entrypoint'))
  const script = read(mounted?.[0] ?? '')
  expect(script).toMatch(/^CREATE ROLE polldock LOGIN NOSUPERUSER /m)
  expect(script).toMatch(/^CREATE DATABASE polldock OWNER polldock;$/m)
  expect(services.polldock?.environment.DATABASE_URL).toMatch(/^postgresql:\/\/polldock:.*\/polldock$/)
})
