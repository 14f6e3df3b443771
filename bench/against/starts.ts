import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchSite, environment } from '../site.ts'
import type { Comparison } from './comparison.ts'

const idleMs = 6_000
const maxStartMs = 60_000

export const starts: Comparison[] = [
  start('s', 'cold start to ready, existing data', 'ms', { embedded: 0.6 }, async ({ readyMs }) => readyMs),
  start('m', 'memory of an idle process', 'MiB', { embedded: 0.7 }, async ({ pid }) => {
    await sleep(idleMs)
    return residentMiB(pid)
  }),
]

type Started = { child: ChildProcess; pid: number; readyMs: number }

function start(
  key: string,
  name: string,
  unit: Comparison['unit'],
  goal: Comparison['goal'],
  measured: (started: Started) => Promise<number>,
): Comparison {
  return {
    ...{ key, name, unit, goal },
    prepare: async (site, work) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'polldock-bench-'))
      const once = async () => {
        const started = await startPolldock(site, dataDir)
        try {
          return await measured(started)
        } finally {
          await stopPolldock(started)
        }
      }
      try {
        await work(async () => ({ value: await once() }))
      } finally {
        await rm(dataDir, { recursive: true, force: true })
      }
    },
  }
}

/** Runs what `npm start` runs, without npm's time. */
async function startPolldock({ folder, databaseUrl }: BenchSite, dataDir: string): Promise<Started> {
  const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  const port = await freePort()
  const path = [join(folder, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const env = { ...environment(dataDir, databaseUrl), PATH: path, PORT: String(port) }
  const before = performance.now()
  const child = spawn('sh', ['-c', scripts.start], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`npm start in ${folder} ended with ${child.exitCode}`)
    if (performance.now() - before > maxStartMs) throw new Error(`npm start in ${folder} was not ready in time`)
    await sleep(10)
  }
  return { child, pid: child.pid as number, readyMs: performance.now() - before }
}

async function stopPolldock({ child }: Started): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** From Linux's /proc. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024
}
