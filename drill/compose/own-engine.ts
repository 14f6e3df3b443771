import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Drill } from '../drill.ts'
import { killBusiest } from './processes.ts'
import { Stack } from './stack.ts'

const run = promisify(execFile)
const answerTimeoutMs = 10_000
const pullTimeoutMs = 3 * 60_000
/** As docs/operating.md says: older ones know no `start_interval`, and no `env_file` that may be missing. */
const oldest = { docker: [25, 0], compose: [2, 24] }
/** Other drills run at the same time, so what depends on speed is not measured here. */
const limits = { voters: 30, failuresMs: 20_000, streamsMs: 20_000 }

/** On the engine that this machine has, if it has one, as in CI. `--compose` makes one, and runs more. */
export const compose: Drill = {
  name: 'compose',
  title: 'A process of the compose file is killed, on the engine of this machine',
  run: async (site) => {
    const reason = await reasonAgainst()
    if (reason) return { notRun: reason }
    const folder = join(await site.folder(), 'polldock')
    await using stack = await Stack.build({ folder, name: `polldock-drill-${process.pid}` })
    await stack.sh('docker compose up --detach --wait')
    // The deployment is removed when this function returns.
    return await killBusiest(stack, limits)
  },
}

async function reasonAgainst(): Promise<string | undefined> {
  try {
    const docker = await docked(['info', '--format', '{{.ServerVersion}}'])
    if (isOlder(docker, oldest.docker)) return `Docker ${docker} is older than ${oldest.docker.join('.')}`
    const plugin = await docked(['compose', 'version', '--short'])
    if (isOlder(plugin, oldest.compose)) return `docker compose ${plugin} is older than ${oldest.compose.join('.')}`
  } catch (error) {
    return `no container engine answers here: ${lastLine(error)}`
  }
  try {
    for (const image of await images()) await pull(image)
  } catch (error) {
    return `images cannot be had: ${lastLine(error)}`
  }
}

function isOlder(version: string, [major = 0, minor = 0]: number[]): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.replace('v', '').split('.').map(Number.parseFloat)
  return itsMajor < major || (itsMajor === major && itsMinor < minor)
}

async function images(): Promise<string[]> {
  const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
  const others = [...(await read('docker-compose.yml')).matchAll(/^ *image: (\S+:\S+)$/gm)].map(
    ([, image = '']) => image,
  )
  return [...others, /^ARG NODE=(\S+)$/m.exec(await read('Dockerfile'))?.[1] ?? '']
}

async function pull(image: string): Promise<void> {
  await docked(['image', 'inspect', image]).catch(() => docked(['pull', '--quiet', image], pullTimeoutMs))
}

async function docked(args: string[], timeout = answerTimeoutMs): Promise<string> {
  const { stdout } = await run('docker', args, { timeout })
  return stdout.trim()
}

function lastLine(error: unknown): string {
  return (error as Error).message.trim().split('\n').at(-1) ?? ''
}
