import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../support/postgres-server.ts'
import { openHttp1, openHttp2, type TestBrowser } from './browsers.ts'
import { configurationsFor, type Protocol, type ProxyKind, type ProxySite } from './proxies.ts'

const run = promisify(execFile)
const startTimeoutMs = 30_000

/** The best protocol that the proxy offers, and any address, unless given. */
type Visit = { protocol?: Protocol; localAddress?: string }

export type RunningProxy = {
  name: ProxyKind['name']
  version: string
  /** Over TLS, with the certificate `ca`. */
  url: string
  /** Without TLS. */
  plainUrl: string
  /** Of its files. */
  folder: string
  ca: string
  open(visit?: Visit): TestBrowser
  /** The memory of all its processes, in bytes. */
  memory(): Promise<number>
  /** The output so far. */
  log(): Promise<string>
  close(): Promise<void>
}

/** Starts a proxy with its configuration in docs/proxies; undefined where the program cannot be had. */
export async function startProxy(
  kind: ProxyKind,
  polldocks: readonly [number, number],
): Promise<RunningProxy | undefined> {
  const program = await kind.program()
  if (!program) return undefined
  const folder = await mkdtemp(join(tmpdir(), `polldock-${kind.name.toLowerCase()}-`))
  // Their workers run as another user.
  await chmod(folder, 0o755)
  const certificate = await makeCertificate(folder)
  const [httpPort, httpsPort] = [await freePort(), await freePort()]
  const site = { folder, httpPort, httpsPort, polldocks, certificate }
  const files = { ...(await configurationsFor(kind, site)), ...(await kind.otherFiles?.(site, program)) }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, ...program.env }
  const { stdout, stderr } = await run(program.path, kind.versionArgs, { env })
  const log = join(folder, 'log')
  const output = openSync(log, 'a')
  const child = spawn(program.path, kind.args(join(folder, kind.files[0] as string)), {
    ...{ cwd: folder, env, stdio: ['ignore', output, output] },
  })
  // Also when this process ends without closing it.
  const end = () => child.kill()
  process.once('exit', end)
  const ended = once(child, 'exit').then(() => process.off('exit', end))
  const ca = await readFile(certificate.chain, 'utf8')
  const url = `https://localhost:${httpsPort}`
  const proxy = {
    name: kind.name,
    version: /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'of unknown version',
    url,
    plainUrl: `http://localhost:${httpPort}`,
    folder,
    ca,
    open: ({ protocol = kind.protocol, localAddress }: Visit = {}) =>
      protocol === 'h2' ? openHttp2(url, { ca, localAddress }) : openHttp1({ ca, localAddress }),
    memory: () => memoryOf(child),
    log: () => readFile(log, 'utf8'),
    close: async () => {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
  await untilReady(proxy, child)
  return proxy
}

async function makeCertificate(folder: string): Promise<ProxySite['certificate']> {
  const [chain, key, both] = [join(folder, 'fullchain.pem'), join(folder, 'privkey.pem'), join(folder, 'both.pem')]
  const kind = '-x509 -days 2 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1'.split(' ')
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  await run('openssl', ['req', ...kind, ...name, '-keyout', key, '-out', chain])
  await writeFile(both, (await readFile(chain, 'utf8')) + (await readFile(key, 'utf8')))
  return { chain, key, both }
}

/** Until it answers what a Polldock says. */
async function untilReady({ url, open, log, close }: RunningProxy, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    const browser = open()
    const response = await browser.fetch(`${url}/health/ready`).catch(() => undefined)
    browser.close()
    if (response?.status === 200) return
    if (child.exitCode !== null || performance.now() > deadline) {
      const printed = await log()
      await close()
      throw new Error(`It did not start: ${printed.slice(-3_000)}`)
    }
    await sleep(100)
  }
}

/** Of the process and its children, whose parent it is. */
async function memoryOf({ pid }: ChildProcess): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '--pid', String(pid), '--ppid', String(pid)])
  return stdout
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line) * 1024, 0)
}
