import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Remote, remoteOf } from '../bench/processes/remote.ts'
import { freePort } from '../test/support/postgres-server.ts'
import { compileCache } from '../test/support/quick-start.ts'
import type { ProbeCalls } from './preload/probe.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const sandboxMain = fileURLToPath(new URL('../src/sandbox/main.ts', import.meta.url))
const probe = new URL('preload/probe.ts', import.meta.url).href

/** The variables of every Polldock of a drill, so several share sessions. */
export const ordinary = {
  NODE_ENV: 'production',
  SECRET: 'a secret that is known to every reader of the drills',
  RATE_LIMIT: 'off',
  SANDBOX: 'off',
  LOG_LEVEL: 'error',
}

/** Polldock as `npm start` starts it, in a process of its own, with a probe in it. */
export type Polldock = {
  url: string
  port: number
  probe: Remote<ProbeCalls>
  /** The output so far. */
  printed(): string
  /** Whether the process has ended. */
  isGone(): boolean
  /** Stops it as an operator does. */
  stop(): Promise<void>
  kill(): Promise<void>
}

/** @param wrapper a command that runs the command after it, such as `nsenter … --` */
export async function startPolldock(variables: Record<string, string>, wrapper: string[] = []): Promise<Polldock> {
  const port = Number(variables.PORT ?? (await freePort()))
  return startProbed({ main, port, variables: { PORT: String(port), ...ordinary, ...variables }, wrapper })
}

/** The sandbox as `npm run sandbox` starts it, in a process of its own, with a probe in it. */
export async function startSandbox(): Promise<Polldock> {
  const port = await freePort()
  return startProbed({ main: sandboxMain, port, variables: { SANDBOX_PORT: String(port) }, wrapper: [] })
}

type Program = { main: string; port: number; variables: Record<string, string>; wrapper: string[] }

async function startProbed({ main, port, variables, wrapper }: Program): Promise<Polldock> {
  const [command, ...args] = [...wrapper, process.execPath, '--expose-gc', '--import', probe, main]
  const child = spawn(command as string, args, {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...compileCache, ...variables },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk))
  const ended = once(child, 'close')
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  const end = async (signal: NodeJS.Signals) => {
    if (!isGone()) child.kill(signal)
    await ended
  }
  while (!/(Polldock|sandbox) is ready/.test(printed) && !isGone()) {
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended])
  }
  if (isGone()) throw new Error(`${main} did not start:\n${printed}`)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    probe: remoteOf<ProbeCalls>(child),
    printed: () => printed,
    isGone,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}
