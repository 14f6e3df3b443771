import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../test/support/postgres-server.ts'

const run = promisify(execFile)
const checkout = fileURLToPath(new URL('../..', import.meta.url))
/** What a clone of this repository needs for a deployment. */
const deployed = ['Dockerfile', '.dockerignore', 'docker-compose.yml', 'docker', 'package.json', 'package-lock.json']
const built = ['LICENSE', 'public', 'views', 'prisma', 'src']
const commandTimeoutMs = 10 * 60_000

export type StackOptions = {
  /** Holds the clone. It does not exist yet. */
  folder: string
  /** Of the compose project, and of the image. */
  name: string
  /** Instead of the compose file's. */
  caddy?: string
  secrets?: { SECRET: string; POSTGRES_PASSWORD: string }
}

/** A deployment of the compose file, by the commands that docs/operating.md gives. */
export class Stack {
  readonly folder: string
  readonly name: string
  readonly url: string
  /** What `.env` holds. */
  readonly variables: Record<string, string>

  #isBuiltHere = false

  private constructor({ folder, name, secrets = newSecrets() }: StackOptions, ports: [http: number, https: number]) {
    this.folder = folder
    this.name = name
    this.url = `http://127.0.0.1:${ports[0]}`
    this.variables = {
      ...secrets,
      COMPOSE_PROJECT_NAME: name,
      HTTP_PORT: String(ports[0]),
      HTTPS_PORT: String(ports[1]),
      RATE_LIMIT: 'off',
      WEBHOOKS: 'any',
    }
  }

  /** Makes the clone and its image. Nothing is started yet. */
  static async build(options: StackOptions): Promise<Stack> {
    const stack = await Stack.clone(options)
    await stack.sh('docker compose build --quiet polldock')
    stack.#isBuiltHere = true
    return stack
  }

  /** @param image one that is built already, or will be */
  private static async clone(options: StackOptions, image = options.name): Promise<Stack> {
    const { folder, caddy } = options
    const stack = new Stack(options, [await freePort(), await freePort()])
    await mkdir(folder)
    for (const path of [...deployed, ...built]) await cp(join(checkout, path), join(folder, path), { recursive: true })
    const services = { polldock: { image }, sandbox: { image }, ...(caddy && { caddy: { image: caddy } }) }
    // JSON is YAML, too.
    await writeFile(join(folder, 'docker-compose.override.yml'), JSON.stringify({ services }))
    await stack.configure()
    return stack
  }

  /** A clone on another machine: it gets the secrets, and no data. */
  another(): Promise<Stack> {
    const { SECRET = '', POSTGRES_PASSWORD = '' } = this.variables
    const options = { folder: `${this.folder}-restored`, name: `${this.name}-restored` }
    return Stack.clone({ ...options, secrets: { SECRET, POSTGRES_PASSWORD } }, this.name)
  }

  /** Writes `.env`, with these changes. */
  configure(changes: Record<string, string> = {}): Promise<void> {
    Object.assign(this.variables, changes)
    const lines = Object.entries(this.variables).map(([name, value]) => `${name}=${value}\n`)
    return writeFile(join(this.folder, '.env'), lines.join(''))
  }

  /** Runs commands as an operator types them, in the folder of the deployment. */
  async sh(commands: string): Promise<string> {
    const options = { cwd: this.folder, timeout: commandTimeoutMs, maxBuffer: 64 * 2 ** 20 }
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', commands], options)
    return stdout.trim()
  }

  /** Makes the next build another one. */
  change(): Promise<void> {
    return appendFile(join(this.folder, 'src/main.ts'), '// Another build.\n')
  }

  async scale(count: number): Promise<void> {
    await this.sh(`docker compose up --detach --wait --no-recreate --scale polldock=${count}`)
  }

  /** The ids of the containers that run Polldock. */
  async containers(): Promise<string[]> {
    return (await this.sh('docker compose ps --quiet polldock')).split('\n')
  }

  inspect(container: string, format: string): Promise<string> {
    return this.sh(`docker inspect --format '${format}' ${container}`)
  }

  /** Kills the program, as a crash does, and waits until it is started again: `docker kill` would not start it. */
  async kill(container: string): Promise<void> {
    const startedAt = () => this.inspect(container, '{{.State.StartedAt}}')
    const before = await startedAt()
    await this.sh(`docker exec ${container} sh -c 'kill -9 $(cat /proc/1/task/1/children)'`)
    await this.#until(async () => (await startedAt()) !== before, `${container} was not started again.`)
  }

  /** The container with the most open connections. */
  async busiest(): Promise<string> {
    const count = async (container: string) =>
      Number(await this.sh(`docker exec ${container} grep -c ' 01 ' /proc/net/tcp || true`))
    const counted = await Promise.all((await this.containers()).map(async (one) => ({ one, open: await count(one) })))
    return counted.toSorted((a, b) => b.open - a.open)[0]?.one ?? ''
  }

  async healthy(container: string): Promise<void> {
    const isHealthy = async () => (await this.inspect(container, '{{.State.Health.Status}}')) === 'healthy'
    await this.#until(isHealthy, `${container} did not become healthy.`)
  }

  /** How long its last start took, until it answers, in milliseconds. */
  async startMs(container: string): Promise<number> {
    const startedAt = await this.inspect(container, '{{.State.StartedAt}}')
    const log = await this.sh(`docker logs --timestamps --since ${startedAt} ${container} 2>&1`)
    const [readyAt = ''] =
      log
        .split('\n')
        .find((line) => line.includes('Polldock is ready'))
        ?.split(' ') ?? []
    return Date.parse(readyAt) - Date.parse(startedAt)
  }

  /** The first errors that Caddy and Polldock logged since then, as the reason of a broken promise. */
  async errors(since: Date): Promise<string[]> {
    const log = await this.sh(`docker compose logs --no-log-prefix --since ${since.toISOString()} caddy polldock`)
    const isError = (line: string) => /"level":(50|60|"error")/.test(line)
    const errors = log.split('\n').filter(isError).slice(0, 10)
    return errors.map((line) => line.slice(0, 1_000))
  }

  /** Removes its containers, networks and volumes, the image if it was built here, and the clone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.sh('docker compose down --volumes --timeout 1')
    if (this.#isBuiltHere) await this.sh(`docker image rm ${this.name}`)
    await rm(this.folder, { recursive: true })
  }

  async #until(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
    const deadline = performance.now() + 60_000
    while (!(await isSo())) {
      if (performance.now() > deadline) throw new Error(otherwise)
      await sleep(100)
    }
  }
}

function newSecrets() {
  return { SECRET: newSecret(), POSTGRES_PASSWORD: randomBytes(24).toString('hex') }
}

export function newSecret(): string {
  return randomBytes(36).toString('base64')
}
