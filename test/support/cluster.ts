import { expect, vi } from 'vitest'
import { freePort } from './postgres-server.ts'
import { type PolldockProcess, startPolldock } from './process.ts'
import { openRoundRobin } from './round-robin.ts'

/** Several Polldock processes on one PostgreSQL, behind a reverse proxy. */
export type Cluster = {
  /** The URL of the proxy. */
  url: string
  /** The current processes. */
  processes: PolldockProcess[]
  /** Kills one, and waits until it is gone. */
  kill(index: number): Promise<void>
  /** Starts one that was stopped or killed, and waits until it is sent requests. */
  revive(index: number): Promise<void>
  /** Stops one as an operator does, waits until it has ended, and starts it again. */
  restart(index: number): Promise<void>
  /** The number of requests that a process refused and the proxy sent to another one. */
  refusals(): number
  close(): void
}

/** @param variables the same for all */
export async function startCluster(size: number, variables: Record<string, string>): Promise<Cluster> {
  const ports = await freePorts(size)
  const start = (port: number) => startPolldock({ ...variables, PORT: String(port) }, { isShared: true })
  const processes = await Promise.all(ports.map(start))
  const roundRobin = await openRoundRobin(ports)
  const untilReady = (expected: number[]) =>
    vi.waitFor(() => expect(roundRobin.ready()).toEqual(expect.arrayContaining(expected)), 20_000)
  await untilReady(ports)
  const [port, one] = [
    (index: number) => ports[index] as number,
    (index: number) => processes[index] as PolldockProcess,
  ]
  const revive = async (index: number) => {
    processes[index] = await start(port(index))
    await untilReady([port(index)])
  }
  return {
    url: roundRobin.url,
    processes,
    kill: async (index) => {
      one(index).send('SIGKILL')
      await one(index).ended
    },
    revive,
    restart: async (index) => {
      one(index).send('SIGTERM')
      expect(await one(index).ended).toMatchObject({ code: 0 })
      await revive(index)
    },
    refusals: roundRobin.refusals,
    close: () => {
      roundRobin.close()
      for (const { send } of processes) send('SIGKILL')
    },
  }
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
