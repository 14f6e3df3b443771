import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const checkout = fileURLToPath(new URL('../..', import.meta.url))
/** What a clone of this repository needs for a deployment. */
const deployed = [
  'Dockerfile',
  '.dockerignore',
  'docker-compose.yml',
  'docker',
  'package.json',
  'package-lock.json',
].concat(['LICENSE', 'public', 'views', 'prisma', 'src'])
const commandTimeoutMs = 10 * 60_000
const port = 8_080

/** The services of the compose file, started by the commands that docs/operating.md gives. */
export class Stack {
  readonly url = `http://127.0.0.1:${port}`
  readonly folder: string
  secret = randomBytes(36).toString('base64')
  readonly #password = randomBytes(24).toString('hex')

  private constructor(folder: string) {
    this.folder = folder
  }

  static async build(folder: string): Promise<Stack> {
    const stack = new Stack(folder)
    await mkdir(folder)
    for (const path of deployed) await cp(join(checkout, path), join(folder, path), { recursive: true })
    await stack.configure()
    await stack.sh('docker compose build --quiet polldock')
    return stack
  }

  /** Writes `.env`. */
  configure(): Promise<void> {
    const variables = { SECRET: this.secret, POSTGRES_PASSWORD: this.#password, HTTP_PORT: port, RATE_LIMIT: 'off' }
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
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

  /** Kills the program, as a crash does: `docker kill` would not start it again. */
  async kill(container: string): Promise<void> {
    await this.sh(`docker exec ${container} sh -c 'kill -9 $(cat /proc/1/task/1/children)'`)
  }

  async healthy(container: string, withinMs = 60_000): Promise<void> {
    const deadline = performance.now() + withinMs
    while ((await this.inspect(container, '{{.State.Health.Status}}')) !== 'healthy') {
      if (performance.now() > deadline) throw new Error(`${container} did not become healthy.`)
      await sleep(200)
    }
  }
}
