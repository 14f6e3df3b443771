import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileCache, compileOnce } from '../../test/support/quick-start.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** The timeout for the start of the app, in milliseconds. */
const timeoutMs = 60_000

/** The variable with the folder of a new database. */
export const newDatabase = 'POLLDOCK_NEW_DATABASE'

/** The real app, in its own process and data directory. */
export class Server {
  readonly url: string
  /** The URL of its Flowdock sandbox, if it has one. */
  readonly sandboxUrl: string
  /** Its log lines of warnings and errors. */
  readonly complaints: string[] = []
  readonly #port: number
  readonly #sandbox: Record<string, string>
  readonly #environment: Record<string, string>
  readonly #dataDir: string
  #process: ChildProcess | undefined

  private constructor(
    port: number,
    sandboxPort: number | undefined,
    dataDir: string,
    environment: Record<string, string>,
  ) {
    this.#port = port
    this.#environment = environment
    this.#sandbox = sandboxPort ? { SANDBOX_PORT: String(sandboxPort) } : { SANDBOX: 'off' }
    this.sandboxUrl = `http://localhost:${sandboxPort}`
    this.#dataDir = dataDir
    this.url = `http://localhost:${port}`
  }

  /**
   * Its data is a copy of a new database: making one takes longer than the rest.
   *
   * @param sandbox whether it has one
   * @param matrix whether that has Matrix rooms, too
   * @param environment more variables
   */
  static async create({ sandbox = false, matrix = false, environment = {} } = {}): Promise<Server> {
    const dataDir = await mkdtemp(join(tmpdir(), 'polldock-e2e-'))
    const made = process.env[newDatabase]
    if (made) await cp(made, join(dataDir, 'pgdata'), { recursive: true })
    const variables = { SANDBOX_MATRIX: matrix ? 'on' : 'off', ...environment }
    const server = new Server(await freePort(), sandbox ? await freePort() : undefined, dataDir, variables)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    const server = spawn(process.execPath, [...compileOnce, 'src/main.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        ...compileCache,
        PORT: String(this.#port),
        HOST: '127.0.0.1',
        DATA_DIR: this.#dataDir,
        RATE_LIMIT: 'off',
        ...this.#sandbox,
        LOG_LEVEL: 'warn',
        ...this.#environment,
      },
    })
    this.#process = server
    await ready(server)
    server.stdout?.on('data', (text: Buffer) => this.complaints.push(String(text)))
    server.stderr?.on('data', (text: Buffer) => this.complaints.push(String(text)))
  }

  async stop(): Promise<void> {
    const server = this.#process
    this.#process = undefined
    if (!server || server.exitCode !== null) return
    server.kill('SIGTERM')
    await once(server, 'exit')
  }

  async destroy(): Promise<void> {
    await this.stop()
    await rm(this.#dataDir, { recursive: true, force: true })
  }
}

/** Waits for the line that reports the start. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const failed = (reason: string) => {
      server.kill('SIGKILL')
      reject(new Error(`The app did not start (${reason}). It said:\n${said}`))
    }
    const timer = setTimeout(() => failed('it took too long'), timeoutMs)
    const hear = (text: Buffer) => {
      said += text
      if (!said.includes('Polldock is ready')) return
      clearTimeout(timer)
      resolve()
    }
    server.stdout?.on('data', hear)
    server.stderr?.on('data', hear)
    server.once('exit', (code) => {
      clearTimeout(timer)
      failed(`exit code ${code}`)
    })
  })
}

/** A port below those of outgoing connections, so it is still free for a restart. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
