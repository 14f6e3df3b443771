import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { freePort } from './postgres-server.ts'
import { compileCache, compileOnce } from './quick-start.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export type Ended = { code: number | null; signal: NodeJS.Signals | null; output: string; errors: string }

export type PolldockProcess = {
  url: string
  port: number
  /** What it has printed so far. */
  output(): string
  send(signal: NodeJS.Signals): void
  ended: Promise<Ended>
}

/** A process shared by several tests is killed by them. */
type ProcessOptions = { cwd?: string; isShared?: boolean }

/** Starts Polldock as `npm start` does, on a free port, and waits until it is ready. Killed when the test ends. */
export async function startPolldock(
  variables: Record<string, string>,
  where?: ProcessOptions,
): Promise<PolldockProcess> {
  const port = Number(variables.PORT ?? (await freePort()))
  const { child, printed, ended } = spawnPolldock({ PORT: String(port), ...variables }, where)
  await Promise.race([untilReady(child, printed), ended])
  if (child.exitCode !== null) throw new Error(`Polldock did not start: ${printed.output}${printed.errors}`)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    output: () => printed.output,
    send: (signal) => void child.kill(signal),
    ended,
  }
}

/** Runs Polldock until it ends of itself, as it does when it cannot start. */
export function runPolldock(variables: Record<string, string>, where?: ProcessOptions): Promise<Ended> {
  return spawnPolldock(variables, where).ended
}

/** Kills Polldock in the midst of its start: as soon as `when` holds, or it is ready. */
export async function killPolldockInStart(variables: Record<string, string>, when: () => boolean): Promise<void> {
  const { child, printed, ended } = spawnPolldock({ PORT: '0', ...variables })
  while (!when() && !printed.output && child.exitCode === null) await new Promise(setImmediate)
  child.kill('SIGKILL')
  await ended
}

function spawnPolldock(variables: Record<string, string>, { cwd = tmpdir(), isShared }: ProcessOptions = {}) {
  const env = { PATH: process.env.PATH, ...compileCache, SANDBOX: 'off', ...variables }
  const child = spawn(process.execPath, [...compileOnce, main], { cwd, env })
  const printed = { output: '', errors: '' }
  child.stdout.on('data', (chunk) => {
    printed.output += chunk
  })
  child.stderr.on('data', (chunk) => {
    printed.errors += chunk
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...printed }))
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  if (!isShared) onTestFinished(stop)
  return { child, printed, ended }
}

async function untilReady({ stdout }: ChildProcess, printed: { output: string }): Promise<void> {
  while (!printed.output.includes('Polldock is ready')) await once(stdout as NodeJS.ReadableStream, 'data')
}
