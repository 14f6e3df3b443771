import { type DrillConnection, openConnections } from '../connections.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import { memoryIsBack, settledMemory, shownMb } from '../memory.ts'
import { warmUp, withOthers } from '../others.ts'
import type { Polldock } from '../polldock.ts'

/** In seconds, as Polldock has it (`src/app.ts`): until who sends nothing is cut off, and who sends nothing more. */
const silence = 10 + 5
const keptAlive = 72 + 1
/** On top, for a machine that is busy, in seconds. */
const spare = 8

export const idleConnections: Drill = {
  name: 'idle-connections',
  title: 'A client that opens thousands of connections',
  run: async (site) => {
    const polldock = await site.startPolldock()
    await warmUp(polldock)
    const before = await settledMemory(polldock)
    const count = site.isShort ? 1_000 : 5_000
    const silent = await hold(polldock, count, '', silence)
    const asked = site.isShort
      ? []
      : await hold(polldock, count, 'GET /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n', keptAlive)
    const back = await memoryIsBack(polldock, before)
    return {
      done: `${shown(count)} that send nothing${site.isShort ? '' : `, then ${shown(count)} that ask once and stay`}`,
      findings: [...silent, ...asked, back],
    }
  },
}

async function hold(polldock: Polldock, count: number, request: string, seconds: number): Promise<Finding[]> {
  const { result, served } = await withOthers(polldock, async () => {
    const connections = await openConnections(polldock.port, count)
    const open = connections.filter(({ socket }) => !socket.destroyed).length
    for (const { socket } of connections) if (request) socket.write(request)
    const { rss } = await polldock.probe.memory()
    const ms = await Promise.all(connections.map((one) => openFor(one, (seconds + spare) * 1_000)))
    return { open, rss, ms }
  })
  const { open, rss, ms } = result
  const stayed = ms.filter((one) => one === null).length
  const longest = Math.max(...ms.map((one) => one ?? 0)) / 1_000
  const nothing = request ? 'nothing more after a request' : 'nothing'
  return [
    {
      promise: `a client that sends ${nothing} is disconnected within ${seconds} s`,
      found: `${shown(open)} open at once, with ${shownMb(rss)} in all; ${stayed > 0 ? `${shown(stayed)} stayed` : `all closed, the last after ${longest.toFixed(1)} s`}`,
      kept: open === count && stayed === 0,
    },
    served,
  ]
}

async function openFor({ socket, closed }: DrillConnection, withinMs: number): Promise<number | null> {
  const ms = await closed(withinMs)
  socket.destroy()
  return ms
}
