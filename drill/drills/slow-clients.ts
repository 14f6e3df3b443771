import { type DrillConnection, openConnections } from '../connections.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import { withOthers } from '../others.ts'

const clients = 50
/** What Polldock takes (`src/app.ts`), in seconds: for the head, for the whole request, between looks at who is late. */
const limitsInSeconds = { head: 10, request: 30, look: 5 }
/** On top, for a machine that is busy, in seconds. */
const spare = 5

const head = 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Padding: '
const body =
  'POST /api/guests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"name": "'

export const slowClients: Drill = {
  name: 'slow-clients',
  title: 'Clients that send one byte a second',
  run: async (site) => {
    const polldock = await site.startPolldock()
    const { result, served } = await withOthers(polldock, async () => {
      const heads = sendSlowly(polldock.port, head, limitsInSeconds.head)
      const bodies = site.isShort ? undefined : sendSlowly(polldock.port, body, limitsInSeconds.request)
      return [await heads, await bodies]
    })
    const [heads, bodies] = result
    return {
      done: `${clients} send the head of a request${bodies ? `, ${clients} its body` : ''}, byte by byte`,
      findings: [
        cutOff('a client that does not send a head', limitsInSeconds.head, heads ?? []),
        ...(bodies ? [cutOff('a client that does not send a whole request', limitsInSeconds.request, bodies)] : []),
        served,
      ],
    }
  },
}

type Cut = { seconds: number | null; answer: string }

async function sendSlowly(port: number, begin: string, seconds: number): Promise<Cut[]> {
  const connections = await openConnections(port, clients)
  for (const { socket } of connections) socket.write(begin)
  const timer = setInterval(() => {
    for (const { socket } of connections) if (socket.writable) socket.write('x')
  }, 1_000)
  const withinMs = (seconds + limitsInSeconds.look + spare) * 1_000
  const cuts = await Promise.all(connections.map((one) => cutOf(one, withinMs)))
  clearInterval(timer)
  return cuts
}

async function cutOf({ socket, received, closed }: DrillConnection, withinMs: number): Promise<Cut> {
  const ms = await closed(withinMs)
  socket.destroy()
  return { seconds: ms === null ? null : ms / 1_000, answer: received().slice(9, 12) }
}

function cutOff(who: string, seconds: number, cuts: Cut[]): Finding {
  const late = cuts.filter((cut) => cut.seconds === null).length
  const took = cuts.map((cut) => cut.seconds ?? Number.POSITIVE_INFINITY)
  const answers = [...new Set(cuts.map(({ answer }) => answer || 'nothing'))].join(', ')
  return {
    promise: `${who} within ${seconds} s is disconnected, at most ${limitsInSeconds.look} s later, with 408`,
    found: late > 0 ? `${shown(late)} still open` : `after ${range(took)} s, with ${answers}`,
    kept: late === 0 && answers === '408' && Math.min(...took) > seconds - 1,
  }
}

function range(seconds: number[]): string {
  return `${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)}`
}
